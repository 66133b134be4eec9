/** Taking a port's link down and up while its wire stays in use. */
import { type Bench, BenchError, type PortName } from '../bench/bench.js';
import type { Journal } from '../bench/journal.js';
import { bringNicUp, nicHasLink, takeNicDown } from '../bench/nic-link.js';
import type { SuspendableWire } from '../wire/suspendable.js';

export type SetLink = (port: PortName, state: 'up' | 'down') => Promise<void>;

/** @param wires the bench's local ports; a port of another machine has none, and its link is left alone. */
export function linkControl(
  bench: Bench,
  wires: ReadonlyMap<PortName, SuspendableWire>,
  journal: Journal,
): SetLink {
  return async (port, state) => {
    const [place, wire] = [bench.ports[port], wires.get(port)];
    if (!place || !wire)
      throw new BenchError(`Port ${port} is no NIC of this machine: its link is left alone.`);
    const nic = { name: port, nic: place.nic };
    if (state === 'down') {
      await wire.suspend();
      return takeNicDown(nic, journal);
    }
    const failed = await bringNicUp(nic).then(
      () => undefined,
      (error: Error) => error,
    );
    // Opened before the link is there, so that it hears the first frame. It knows best what became of a NIC.
    await wire.resume();
    if (failed) throw failed;
    await nicHasLink(nic);
  };
}
