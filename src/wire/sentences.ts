/** What goes wrong with a port, in words: every driver says the same of the same fault. */
import { WireError } from './wire.js';

/** A port and its interface, as errors name them. */
export interface PortName {
  readonly port: string;
  readonly nic: string;
}

const say = ({ port, nic }: PortName, rest: string) =>
  new WireError(port, nic, `Port ${port} (${nic}) ${rest}`);

export const wentDown = (name: PortName) =>
  say(name, `went down during the run: check the cable and \`ip link set ${name.nic} up\`.`);

/** Not a fault of the port: who sends has forgotten that the link is down. */
export const takenDown = (name: PortName) =>
  say(name, 'was taken down on purpose: take its link up before sending.');

export const disappeared = (name: PortName) =>
  say(name, 'disappeared during the run: check the adapter and its driver with `ip link`, then run again.');

export const missing = (name: PortName) =>
  say(name, 'does not exist on this machine: see `ip link` for the names and correct the bench file.');

export const notUp = (name: PortName) => say(name, `is down: run \`ip link set ${name.nic} up\` first.`);

export const notPermitted = (name: PortName) =>
  say(
    name,
    'may not be opened by this user: run as root, or give Node.js the right with ' +
      '`setcap cap_net_raw,cap_net_admin+ep "$(readlink -f "$(command -v node)")"`.',
  );

export const notEthernet = (name: PortName) =>
  say(name, 'does not carry Ethernet frames: name an Ethernet interface in the bench file.');

export const closed = (name: PortName) => say(name, 'is closed: open it again before sending.');

export const notAFrame = (name: PortName, length: number) =>
  say(name, `cannot send ${length} octets: a frame has 14 octets of header at least (IEEE 802.3, 3.1.1).`);

export const tooLong = (name: PortName, length: number) =>
  say(
    name,
    `cannot send ${length} octets: that is more than its MTU allows; see \`ip link show ${name.nic}\`.`,
  );

export const heldBack = (name: PortName) =>
  say(name, 'did not deliver in time what it captured: this machine is too busy, or the port is flooded.');

export const queueFull = (name: PortName, milliseconds: number) =>
  say(
    name,
    `took no frame for ${milliseconds} ms, its transmit queue is full: check the link partner, ` +
      'flow control (`ethtool -a`), or send more slowly.',
  );

export const unexpected = (name: PortName, doing: string, reason: string) =>
  say(name, `failed while ${doing}: ${reason}.`);

/** The same fault, with how far a burst had come. */
export const burstCut = (error: WireError, sent: number, total: number) =>
  new WireError(error.port, error.nic, `${error.message} ${sent} of the burst's ${total} frames went out.`);
