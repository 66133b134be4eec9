/** Traffic that the host under test makes itself, over SSH: TCP connections and UDP datagrams to where a case wants them. */
import type { Duplex } from 'node:stream';
import { type Datagrams, openDatagrams } from '../host/datagrams.js';
import type { Ssh } from '../host/ssh.js';
import type { HostUnderTest } from '../probe.js';

/** A run's; its connections are made anew for each case, its datagrams come from one program. */
export interface HostTraffic {
  connect(address: string, port: number): Promise<Duplex>;
  datagrams(): Promise<Datagrams>;
  close(): Promise<void>;
}

export function hostTraffic(ssh: Pick<Ssh, 'connect' | 'stream' | 'target'>): HostTraffic {
  let program: Promise<Datagrams> | undefined;
  return {
    connect: (address, port) => ssh.connect(address, port),
    datagrams() {
      program ??= openDatagrams(ssh);
      return program;
    },
    close: async () => (await program?.catch(() => undefined))?.close(),
  };
}

/** A case's: what it leaves open is closed when it ends. */
export function caseTraffic(traffic: HostTraffic): {
  readonly traffic: NonNullable<HostUnderTest['traffic']>;
  close(): void;
} {
  const open = new Set<Duplex>();
  let closed = false;
  return {
    traffic: {
      async connect(address, port) {
        const connection = await traffic.connect(address, port);
        // Made too late: its case has ended meanwhile.
        if (closed) connection.destroy();
        open.add(connection);
        let ended = false;
        connection.resume().once('end', () => {
          ended = true;
        });
        connection.once('close', () => {
          ended = true;
          open.delete(connection);
        });
        return {
          get ended() {
            return ended;
          },
          write(text) {
            if (connection.writable) connection.write(text);
          },
          close: () => void connection.end(),
        };
      },
      async datagrams() {
        const { send } = await traffic.datagrams();
        return send;
      },
    },
    close() {
      closed = true;
      for (const connection of open) connection.destroy();
    },
  };
}
