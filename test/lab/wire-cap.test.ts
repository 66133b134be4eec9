import { openWire } from '../../src/wire/open.js';
import { ip, makeVethPair, removeLink } from './namespace.js';
import { contract } from './wire-contract.js';

contract('cap over veth', async () => {
  const nics = { a: 'wire-ca', b: 'wire-cb' };
  makeVethPair(nics.a, nics.b);
  return {
    open: (end, options) => openWire('cap', { port: end, nic: nics[end], ...options }),
    openMissing: () => openWire('cap', { port: 'a', nic: 'wire-none' }),
    linkDown: (end) => void ip('link', 'set', nics[end], 'down'),
    removeLink: (end) => removeLink(nics[end]),
    dispose: () => removeLink(nics.a),
  };
}, ['drop counter']);
