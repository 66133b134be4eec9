/** What a bench can't do for a device, told from the bench file alone. */
import type { Bench, BenchDevice } from '../bench/bench.js';
import type { Need } from '../probe.js';

/** What the bench lacks for a need. Told from the bench file alone, never from a failure. */
export function unmet(need: Need, bench: Bench, device: BenchDevice): string | undefined {
  switch (need) {
    case 'ipv4':
    case 'ipv6':
      return device[need] === undefined ? `The bench file gives the device no ${need} address.` : undefined;
    case 'ssh':
      return device.ssh === undefined ? 'The bench file gives no SSH access to the device.' : undefined;
    default:
      return bench.ports[need] === undefined ? `The bench has no port '${need}'.` : undefined;
  }
}

/** What the bench is too small to see, a sentence each. */
export function unseen(bench: Bench, device: BenchDevice): string[] {
  const sentences: string[] = [];
  if (device.kind === 'switch') {
    if (!bench.ports.monitor) {
      sentences.push('No monitor port: a flood to ports other than A, B and World would go unseen.');
    }
    const world = bench.ports.world;
    if (!world) sentences.push('No World: nothing can be sent to a station from a third port.');
    else if ('ssh' in world) {
      sentences.push(
        'World is another machine: its times carry the error of comparing two clocks, stated with each measurement.',
      );
    }
  }
  if (device.kind === 'host') {
    if (!device.ssh)
      sentences.push('No SSH access: the host’s own cache was not read, permanent entries were not tried.');
    if (!device.ipv6) sentences.push('No IPv6 address: neighbour discovery was not tried.');
    if (!bench.ports.b) sentences.push('No port B: old and new owner share a port.');
  }
  return sentences;
}
