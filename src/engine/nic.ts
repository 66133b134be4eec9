/** The NIC under test: one of the bench's own, whose address is changed while another port watches. */
import { type Bench, type BenchDevice, BenchError, nicPorts, type PortName } from '../bench/bench.js';
import type { Journal } from '../bench/journal.js';
import { readLinks } from '../bench/links.js';
import { type AddressPair, type NicChanges, nicChanges } from '../bench/nic-changes.js';
import type { Session } from '../evidence/recorder.js';
import type { NicUnderTest } from '../probe.js';
import type { SuspendableWire } from '../wire/suspendable.js';
import type { SetLink } from './link-control.js';

/** What a run holds of it. */
export interface NicBench {
  readonly port: PortName;
  readonly observer: PortName;
  /** Its address before the run. */
  readonly own: string;
  readonly changes: NicChanges;
  readonly wire: Pick<SuspendableWire, 'setPromiscuous'>;
  /** What it is, for the report. */
  readonly text: string;
}

/** Rejects with a BenchError where the bench has no such NIC. */
export async function openNic(
  bench: Bench,
  device: BenchDevice,
  wires: ReadonlyMap<PortName, SuspendableWire>,
  journal: Journal,
): Promise<NicBench> {
  const { port, observer } = nicPorts(bench, device);
  const wire = wires.get(port);
  const link = (await readLinks()).find(({ ifname }) => ifname === wire?.nic);
  if (!wire || !link || !observer)
    throw new BenchError(`The NIC under test is that of port ${port}, which this bench does not have.`);
  const { ifname: nic, address: own, permaddr, linkinfo } = link;
  const kind = linkinfo.info_kind === undefined ? '' : ` (${linkinfo.info_kind})`;
  const made = permaddr === undefined ? '' : `, and was made with ${permaddr}`;
  const text = `${nic}${kind} on port ${port} has the address ${own}${made}; it is observed from port ${observer}`;
  return { port, observer, own, changes: nicChanges(nic, own, journal), wire, text };
}

/** What one case does to the NIC, and the way back. */
export interface CaseNic {
  readonly nic: NicUnderTest;
  /** Puts it back as it was before the case. Rejects where that fails, having tried all. */
  restore(): Promise<void>;
}

export interface CaseNicOptions {
  readonly session: Session;
  /** The two ends of a pair of IPv4 addresses, by their roles. */
  readonly pair: (local: string, peer: string) => AddressPair;
  readonly first: AddressPair;
  readonly setLink: SetLink;
  readonly signal: AbortSignal;
}

export function caseNic(bench: NicBench, options: CaseNicOptions): CaseNic {
  const { port, observer, own, changes, wire } = bench;
  const { session, setLink, first } = options;
  let isReady = false;
  let isPromiscuous = false;
  let hasSecond = false;
  let isEnding = false;
  let underWay: Promise<unknown> = Promise.resolve();

  /** One after the other, so that nothing lands after it was put back. */
  function next<T>(change: () => Promise<T>): Promise<T> {
    const made = underWay.then(() => {
      options.signal.throwIfAborted();
      if (isEnding) throw new Error('The case is ending: the NIC is left alone.');
      return change();
    });
    underWay = made.catch(() => undefined);
    return made;
  }

  /** What came of it, as the mark says: `taken`, `taken while down`, `refused: …`. */
  async function give(mac: string): Promise<string> {
    const live = await changes.setMac(mac);
    if (live.taken) return 'taken';
    if (!live.busy) return `refused: ${live.reason}`;
    await setLink(port, 'down');
    try {
      const down = await changes.setMac(mac);
      return down.taken ? 'taken while down' : `refused: ${down.reason}`;
    } finally {
      await setLink(port, 'up');
    }
  }

  async function giveBack(): Promise<void> {
    const { address } = await changes.read();
    if (address === own) return;
    const outcome = await give(own);
    if (!outcome.startsWith('taken'))
      throw new BenchError(`${changes.nic} does not go back to its own address ${own}: ${outcome}.`);
  }

  const nic: NicUnderTest = {
    port,
    observer,
    own,
    ...first,
    ready: () =>
      next(async () => {
        isReady = true;
        session.mark('nic', `${changes.nic} on ${port}, observed from ${observer}`);
        await changes.setPromiscuous(false);
        await wire.setPromiscuous(false);
        await changes.addAddress(first);
        const { address, promiscuity } = await changes.read();
        session.mark('nic-reads-before', address);
        session.mark('nic-promiscuity', `${promiscuity}`);
      }),
    setAddress: (role, mac) =>
      next(async () => {
        const outcome = await give(mac);
        session.mark(`nic-set-${role}`, outcome);
        return outcome.startsWith('taken');
      }),
    readAddress: (when) =>
      next(async () => {
        const { address } = await changes.read();
        session.mark(`nic-reads-${when}`, address);
        return address;
      }),
    setPromiscuous: (on) =>
      next(async () => {
        isPromiscuous ||= on;
        await changes.setPromiscuous(on);
        session.mark('nic-promiscuous', on ? 'on' : 'off');
      }),
    addSecond: (mac) =>
      next(async () => {
        const pair = options.pair('second-ipv4', 'second-peer');
        hasSecond = true;
        const made = await changes.addMacvlan(mac, pair);
        session.mark('nic-second', made.taken ? 'taken' : `refused: ${made.reason}`);
        return made.taken ? pair : undefined;
      }),
  };

  return {
    nic,
    async restore() {
      isEnding = true;
      await underWay;
      if (!isReady) return;
      const failures: unknown[] = [];
      const steps = [
        ...(hasSecond ? [() => changes.removeMacvlan()] : []),
        giveBack,
        ...(isPromiscuous ? [() => changes.setPromiscuous(false)] : []),
        () => changes.removeAddress(first),
        () => wire.setPromiscuous(true),
      ];
      for (const step of steps) await step().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
