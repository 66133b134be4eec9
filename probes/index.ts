/** The catalogue, in the order in which it is run and shown. */
import type { Probe } from '../src/probe.js';
import answers from './host/answers.js';
import creates from './host/creates.js';
import lockWindow from './host/lock-window.js';
import probeHarmless from './host/probe-harmless.js';
import refreshByPing from './host/refresh-by-ping.js';
import staticStays from './host/static-stays.js';
import unsolicitedNa from './host/unsolicited-na.js';
import updatesOnAnnouncement from './host/updates-on-announcement.js';
import ethSource from './switch/eth-source.js';
import failback from './switch/failback.js';
import groupSource from './switch/group-source.js';
import learns from './switch/learns.js';
import neverSpoke from './switch/never-spoke.js';
import relearnTime from './switch/relearn-time.js';
import relearns from './switch/relearns.js';
import silentTakeover from './switch/silent-takeover.js';
import virtualMac from './switch/virtual-mac.js';

export const probes: readonly Probe[] = [
  learns,
  relearns,
  relearnTime,
  failback,
  silentTakeover,
  neverSpoke,
  groupSource,
  ethSource,
  virtualMac,
  updatesOnAnnouncement,
  refreshByPing,
  creates,
  answers,
  lockWindow,
  probeHarmless,
  staticStays,
  unsolicitedNa,
] as readonly Probe[];
