/** What the faults of holding, learning and moving many stations must look like. */
import type { Expectation } from './expectation.js';

/** Neighbours that the faults leave alone. */
const neighbours = ['switch/broadcast-latency/announcement', 'switch/relearns/rarp'];

export const capacityTwins: Readonly<Record<string, Expectation>> = {
  'small-table': {
    because: { 'switch/table-size': /holds 1000 stations, fewer than the 8192 declared: .* refuses new/ },
    passes: ['switch/move-when-full/announced', ...neighbours],
  },
  'small-table-of-flows': {
    because: {
      'switch/table-size': /holds 2000 stations, fewer than the 8192 declared: .* drops the oldest/,
    },
    passes: ['switch/move-when-full/announced', ...neighbours],
  },
  'learns-slowly': {
    because: { 'switch/learn-rate': /were not learned, though their frames were carried/ },
    passes: neighbours,
  },
  'moves-slowly': {
    because: { 'switch/move-rate': /were not moved, though their frames were carried/ },
    passes: neighbours,
  },
  'pins-when-full': {
    because: {
      'switch/move-when-full': /to a station that announced itself at port b still go to the old port a/,
    },
    passes: neighbours,
  },
  collides: {
    because: {
      'switch/hash-collisions': /random addresses were not learned: .* while as many addresses in a row/,
    },
    passes: neighbours,
  },
  'deaf-under-load': {
    because: { 'switch/move-under-load': /Under load the switch .* 10 went to a/ },
    passes: ['switch/relearns/rarp'],
  },
  'no-broadcasts-from-b': {
    because: { 'switch/broadcast-latency': /None of the announcements from port b came out at World/ },
    passes: ['switch/relearns/ipv4'],
  },
};
