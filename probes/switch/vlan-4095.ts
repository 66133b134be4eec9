import { defineProbe } from '../../src/probe.js';
import { type Effect, strayVid } from './stray-vid.js';

export default defineProbe<Effect>({
  id: 'switch/vlan-4095',
  device: 'switch',
  title: 'Frames with the reserved VID 4095 are discarded',
  failureTitle: 'The switch takes in frames with the reserved VID 4095',
  why: 'VID 4095 is no VLAN: a switch that carries it as one lets frames past every VLAN boundary that was set up.',
  requirement: {
    level: 'must',
    document: 'IEEE 802.1Q-2018',
    clause: 'Table 9-2 Reserved VID values: FFF shall not be transmitted in a tag header',
    link: 'https://standards.ieee.org/ieee/802.1Q/6844/',
  },
  ...strayVid(() => 4095),
});
