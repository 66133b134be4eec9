/** Traffic that a host makes for a case, and what becomes of it when the case ends. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { caseTraffic, type HostTraffic } from '../../src/engine/host-traffic.js';

function fake() {
  const connections: PassThrough[] = [];
  const sent: string[] = [];
  const traffic: HostTraffic = {
    async connect() {
      const connection = new PassThrough();
      connections.push(connection);
      return connection;
    },
    datagrams: async () => ({
      send: (address, port, text) => void sent.push(`${address} ${port} ${text}`),
      close: async () => {},
    }),
    close: async () => {},
  };
  return { traffic, connections, sent };
}

describe('traffic of the host under test', () => {
  it('is sent where the case wants it', async () => {
    const { traffic, connections, sent } = fake();
    const { traffic: ofCase } = caseTraffic(traffic);
    const written: string[] = [];
    const connection = await ofCase.connect('192.0.2.9', 9);
    connections[0]?.on('data', (chunk: Buffer) => written.push(chunk.toString()));
    connection.write('1\n');
    (await ofCase.datagrams())('192.0.2.9', 9, '2');
    await sleep(5);
    assert.deepEqual([written, sent], [['1\n'], ['192.0.2.9 9 2']]);
    assert.equal(connection.ended, false);
    connection.close();
    await sleep(5);
    assert.equal(connection.ended, true);
    connection.write('too late');
  });

  it('ends with the case, also a connection that stands only then', async () => {
    const { traffic, connections } = fake();
    const { traffic: ofCase, close } = caseTraffic(traffic);
    await ofCase.connect('192.0.2.9', 9);
    close();
    await ofCase.connect('192.0.2.9', 9);
    assert.deepEqual(
      connections.map(({ destroyed }) => destroyed),
      [true, true],
    );
  });
});
