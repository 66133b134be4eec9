/** Ways to have the host send to V, the best first: by itself over SSH, or in answer to what we send as V. */
import { udpFrame } from '../../../src/frame/index.js';
import type { Context } from '../../../src/probe.js';
import { oldPort } from '../cast.js';
import { type Prompted, prompt, standInOf } from '../prompt.js';
import { asker, type Line, pump, sendSegment } from './segments.js';
import { type Carrier, discardPort, type Protocol, streamNumber, streamPort } from './sighting.js';
import { listen, open, type TcpEndpoint } from './tcp-endpoint.js';

/** Sends what has the host send its `nth` frame to V. */
type Prompt = (nth: number) => Promise<unknown> | undefined;

export interface Source {
  readonly carrier: Carrier;
  readonly prompt: Prompt;
  readonly endpoint?: TcpEndpoint;
  /** The host’s end, where it opened the connection, or has begun one. */
  close?(): Promise<unknown> | undefined;
}

const openMs = 700;
const openTries = 4;

async function byDatagrams({ context, cast }: Line): Promise<Source | undefined> {
  const send = await fromHost(context, (traffic) => traffic.datagrams());
  return (
    send && {
      carrier: 'datagrams',
      prompt: (nth) => void send(cast.service, discardPort, String(nth)),
    }
  );
}

/** What the host is had to do over SSH; why not, where it will not, is noted. */
async function fromHost<T>(
  { host, mark }: Context,
  ask: (traffic: NonNullable<Context['host']['traffic']>) => Promise<T>,
): Promise<T | undefined> {
  if (!host.traffic) return undefined;
  return ask(host.traffic).catch((error: Error) => {
    mark('not-from-host', error.message);
    return undefined;
  });
}

async function byEchoService({ context, cast }: Line): Promise<Source | undefined> {
  const { udpEchoPort } = context.declared;
  if (udpEchoPort === undefined) return undefined;
  return {
    carrier: 'echo-service',
    prompt: (nth) =>
      context.send(
        oldPort,
        udpFrame({
          ...asker(context),
          ipSource: cast.service,
          ipDestination: cast.host,
          sourcePort: streamPort,
          destinationPort: udpEchoPort,
          payload: new TextEncoder().encode(String(nth)),
        }),
        'prompt',
      ),
  };
}

/** What answers anybody: ICMP echo, or what stands in for it. */
async function byAnswers({ context, cast }: Line): Promise<Source> {
  const { source } = asker(context);
  let last: Prompted | undefined;
  return {
    carrier: standInOf(context, cast.host) ? 'tcp-answers' : 'icmp-echo',
    async prompt(nth) {
      await last?.hangUp();
      last = await prompt(context, cast, { source, port: oldPort, label: 'prompt' }, streamNumber(nth));
    },
    close: () => last?.hangUp(),
  };
}

/** The host connects to V, by SSH. */
async function byConnection(line: Line): Promise<Source | undefined> {
  const { context, cast } = line;
  if (!context.host.traffic) return undefined;
  let endpoint: TcpEndpoint | undefined;
  let peer: number | undefined;
  const accepting = pump(line, async (tcp, station) => {
    if (tcp.destinationPort !== discardPort || (peer !== undefined && tcp.sourcePort !== peer)) return;
    peer = tcp.sourcePort;
    endpoint ??= listen({ sourcePort: discardPort, destinationPort: peer }, context.random(2 ** 32));
    for (const answer of endpoint.receive(tcp)) await sendSegment(line, station, answer);
  });
  const connection = await fromHost(context, (traffic) => traffic.connect(cast.service, discardPort));
  // The last segment of the handshake may be seen after SSH has said that the connection stands.
  const stands = connection && (await context.until(() => endpoint?.state === 'open', openMs));
  await accepting.stop();
  if (!stands || !endpoint) {
    connection?.close();
    return undefined;
  }
  return {
    carrier: 'connection',
    endpoint,
    prompt: (nth) => void connection.write(`${nth}\n`),
    close: () => void connection.close(),
  };
}

/** Where a host may accept connections: SSH, HTTP, HTTPS, Telnet, raw printing, LPD, SMB. */
const commonPorts = [22, 80, 443, 23, 9100, 515, 445];

/** V connects to the first port of the host’s that is open. */
async function byPorts(line: Line): Promise<Source | undefined> {
  const { context } = line;
  const { tcpPort } = context.declared;
  const ports = tcpPort === undefined ? commonPorts : [tcpPort];
  for (let round = 0; round < openTries; round += 1) {
    const found = await firstOpen(line, ports);
    if (found) {
      const { endpoint } = found;
      return {
        carrier: 'acknowledgements',
        endpoint,
        prompt: (nth) => sendSegment(line, undefined, endpoint.beyondHole(nth)),
      };
    }
  }
  return undefined;
}

interface Attempt {
  readonly endpoint: TcpEndpoint;
  readonly ours: number;
}

/** Sends a SYN to each, and resolves with the connection to the first, in their order, that accepts; the others are reset. */
async function firstOpen(line: Line, ports: readonly number[]): Promise<Attempt | undefined> {
  const { context } = line;
  const first = 49_152 + context.random(8_000);
  const attempts = ports.map((port, index) => {
    const ours = first + index;
    const { end, syn } = open({ sourcePort: ours, destinationPort: port }, context.random(2 ** 32));
    return { endpoint: end, ours, syn };
  });
  const answering = pump(line, async (tcp, station) => {
    const attempt = attempts.find(({ ours }) => ours === tcp.destinationPort);
    for (const answer of attempt?.endpoint.receive(tcp) ?? []) await sendSegment(line, station, answer);
  });
  for (const { syn } of attempts) await sendSegment(line, undefined, syn);
  await context.until(() => attempts.every(({ endpoint }) => endpoint.state !== 'opening'), openMs);
  await answering.stop();
  const [found, ...others] = attempts.filter(({ endpoint }) => endpoint.state === 'open');
  for (const { endpoint } of others) await sendSegment(line, undefined, endpoint.abort());
  return found;
}

type Way = (line: Line) => Promise<Source | undefined>;

/** Each resolves with undefined where the host can’t be had to send so. */
export const ways: Readonly<Record<Protocol, readonly Way[]>> = {
  udp: [byDatagrams, byEchoService, byAnswers],
  tcp: [byConnection, byPorts, byPorts],
};
