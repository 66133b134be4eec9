import { createMemorySwitch } from '../../src/wire/memory/switch.js';
import { contract } from '../lab/wire-contract.js';

const noInterfaces = () => {
  throw new Error('memory has no interfaces');
};

contract('memory', async () => {
  const { wire, fail } = createMemorySwitch({ ports: ['a', 'b'] });
  return {
    open: async (end) => wire(end),
    openMissing: noInterfaces,
    linkDown: (end) => fail(end),
    removeLink: noInterfaces,
    dispose: () => {},
  };
}, ['interfaces', 'drop counter']);
