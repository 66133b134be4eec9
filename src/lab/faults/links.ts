/** Faults of a switch that forgets at the wrong time: when a link goes down, and as its entries age. */
import { type IngressRules, ingress, setBridge } from '../bridge.js';
import type { Lab } from '../build.js';
import type { Fault } from './fault.js';
import { a, addressSet, b, declaredOf, each, onBridge, portsOf } from './switch-rules.js';

/** The ageing time that the lab's bench file declares. */
const ageingMs = (lab: Lab): number => declaredOf(lab).ageingMs ?? 300_000;

/** Frames to stations that spoke on port a are sent there, link or no link, until they speak on port b. */
const keepsStationsOfA = (lab: Lab): IngressRules => ({
  sets: [addressSet('at_a')],
  ports: {
    [a]: ['add @at_a { ether saddr }'],
    [b]: ['delete @at_a { ether saddr }'],
    ...each(portsOf(lab, 'a', 'b'), `ether daddr @at_a fwd to "${a}"`),
  },
});

/** The same for as long as frames to the station keep coming. */
const refreshedByDestination = (lab: Lab): IngressRules => ({
  sets: [addressSet('at_a', { forgetAfterMs: ageingMs(lab) })],
  ports: {
    [a]: ['update @at_a { ether saddr }'],
    [b]: ['delete @at_a { ether saddr }'],
    ...each(portsOf(lab, 'a', 'b'), `ether daddr @at_a update @at_a { ether daddr } fwd to "${a}"`),
  },
});

/** A station is known for one ageing time from the frame that made it known, whatever it says meanwhile: `add` leaves
 *  what is in the set as it is. Then it is flooded, until it speaks again. */
const agesFromFirstFrame = (lab: Lab): IngressRules => {
  const speaks = ['add @seen { ether saddr }', 'add @known { ether saddr }'];
  const floods = (to: readonly string[]) =>
    to.map((port) => `ether daddr @seen ether daddr != @known dup to "${port}"`);
  const ports = portsOf(lab, 'a', 'b').map((port) => [
    port,
    floods(portsOf(lab).filter((other) => other !== port)),
  ]);
  return {
    sets: [addressSet('seen'), addressSet('known', { forgetAfterMs: ageingMs(lab) })],
    ports: { [a]: speaks, [b]: speaks, ...Object.fromEntries(ports) },
  };
};

const rules = (
  name: string,
  title: string,
  breaks: readonly string[],
  made: (lab: Lab) => IngressRules,
): Fault => onBridge(name, title, breaks, (lab) => ingress(lab.switchNamespace, made(lab)));

export const linkFaults: readonly Fault[] = [
  rules(
    'keeps-after-link-down',
    'Stations of port a stay in the table when its link goes down',
    ['switch/link-down/*'],
    keepsStationsOfA,
  ),
  onBridge(
    'never-ages',
    'Stations that are silent are never forgotten',
    ['switch/ageing/declared', 'switch/silent-takeover/aged'],
    (lab) => setBridge(lab.switchNamespace, 'ageing_time', '10000000'),
  ),
  rules(
    'refreshed-by-destination',
    'Frames to a station keep its entry alive',
    ['switch/dest-no-refresh/frames-to-station'],
    refreshedByDestination,
  ),
  rules(
    'ages-from-first-frame',
    'A station is forgotten one ageing time after its first frame, whatever it says meanwhile',
    ['switch/dest-no-refresh/frames-from-station', 'switch/ageing/restarts-at-move'],
    agesFromFirstFrame,
  ),
];
