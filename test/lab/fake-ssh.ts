/**
 * A machine that is not Linux, played by an SSH server in this process: it answers command lines with text, over exec, in
 * an interactive shell with a prompt and pages, or both.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { SshAccess } from '../../src/bench/bench.js';
import { makeKey } from './sshd.js';

export interface FakeAnswer {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0; null: the server tells none. */
  readonly code?: number | null;
}

export interface FakeShell {
  readonly greeting?: string;
  readonly prompt: string;
  /** What the command prints. */
  readonly answer: (line: string) => string;
  /** Lines of a page; absent: there are no pages. */
  readonly page?: number;
  /** It keeps its pages whatever it is told. */
  readonly stubborn?: boolean;
}

export interface FakeHost {
  /** Absent: single commands are refused; `never`: they get no answer. */
  readonly exec?: (line: string) => FakeAnswer | 'never';
  /** It hangs up after a single command. */
  readonly hangsUp?: boolean;
  /** The consent to a command, its output and its end leave in one segment. */
  readonly atOnce?: boolean;
  readonly shell?: FakeShell;
  /** Where it listens. */
  readonly address?: string;
}

export interface RunningHost {
  readonly access: SshAccess;
  /** Every command line, in order: `exec show version`, `shell terminal length 0`. */
  readonly lines: readonly string[];
  readonly connections: number;
  readonly shells: number;
  /** Breaks every connection. */
  hangUp(): void;
  close(): void;
}

export async function startFakeHost(host: FakeHost): Promise<RunningHost> {
  const folder = mkdtempSync(join(tmpdir(), 'takeover-fake-'));
  const file = (name: string) => join(folder, name);
  makeKey(file('host'));
  makeKey(file('user'));
  const lines: string[] = [];
  const clients = new Set<ssh2.Connection>();
  let connections = 0;
  let shells = 0;
  const server = new ssh2.Server({ hostKeys: [readFileSync(file('host'))] }, (client) => {
    connections += 1;
    clients.add(client);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    client.on('authentication', (context) =>
      context.method === 'publickey' ? context.accept() : context.reject(),
    );
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (acceptPty) => acceptPty?.());
      session.on('exec', (acceptExec, refuse, { command }) => {
        if (!host.exec) return refuse?.();
        lines.push(`exec ${command}`);
        const { _sock: socket } = client as unknown as { _sock: Socket };
        if (host.atOnce) socket.cork();
        setImmediate(() => socket.uncork());
        const channel = acceptExec();
        const answer = host.exec(command);
        if (answer === 'never') return;
        channel.write(answer.stdout ?? '');
        channel.stderr.write(answer.stderr ?? '');
        if (answer.code !== null) channel.exit(answer.code ?? 0);
        channel.end();
        if (host.hangsUp) setTimeout(() => client.end(), 5);
      });
      session.on('shell', (acceptShell, refuse) => {
        if (!host.shell) return refuse?.();
        shells += 1;
        playShell(host.shell, acceptShell(), (line) => lines.push(`shell ${line}`));
      });
    });
  });
  const address = host.address ?? '127.0.0.1';
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(file('known_hosts'), `[${address}]:${port} ${readFileSync(file('host.pub'), 'utf8')}`);
  return {
    access: { host: address, port, user: 'lab', identity: file('user'), knownHosts: file('known_hosts') },
    lines,
    get connections() {
      return connections;
    },
    get shells() {
      return shells;
    },
    hangUp: () => {
      for (const client of clients) client.end();
    },
    close: () => {
      for (const client of clients) client.end();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const more = ' --More-- ';
/** IOS wipes the pager's words away with backspaces and blanks. */
const wiped = '\b'.repeat(more.length) + ' '.repeat(more.length) + '\b'.repeat(more.length);

/** A terminal that echoes what is typed, and stops at the end of each page for a key. */
function playShell(shell: FakeShell, channel: ssh2.ServerChannel, log: (line: string) => void): void {
  let typed = '';
  let waiting: string[] = [];
  let paged = shell.page !== undefined;
  const put = (text: string) => channel.write(text.replaceAll('\n', '\r\n'));
  const show = () => {
    const length = paged ? (shell.page ?? 0) : waiting.length;
    put(waiting.splice(0, length).join(''));
    put(waiting.length > 0 ? more : shell.prompt);
  };
  put(`${shell.greeting ?? ''}${shell.prompt}`);
  channel.on('data', (chunk: Buffer) => {
    for (const letter of chunk.toString('latin1')) {
      if (waiting.length > 0) {
        put(wiped);
        show();
        continue;
      }
      if (letter !== '\n') {
        typed += letter;
        continue;
      }
      put(`${typed}\n`);
      if (typed !== '') log(typed);
      if (typed === 'terminal length 0' && !shell.stubborn) paged = false;
      const text = typed === '' ? '' : shell.answer(typed);
      waiting = text.split(/(?<=\n)/);
      typed = '';
      show();
    }
  });
}
