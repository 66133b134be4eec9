import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFor } from '../../src/bench/schema.js';
import { packageRoot } from '../../src/root.js';

/** What a valibot schema may hold of others; lazy ones are left out: they are told by their own rows. */
interface Node {
  readonly entries?: Readonly<Record<string, Node>>;
  readonly pipe?: readonly Node[];
  readonly wrapped?: Node;
  readonly item?: Node;
}

/** The fields of a schema as paths; those of a list's items stand in place of the list. */
function fieldsOf(node: Node, path = ''): string[] {
  const inner = [...(node.pipe ?? []).filter((part) => part !== node), node.wrapped, node.item];
  if (!node.entries) return inner.flatMap((part) => (part ? fieldsOf(part, path) : []));
  return Object.entries(node.entries).flatMap(([key, value]) => {
    const own = path ? `${path}.${key}` : key;
    return [own, ...fieldsOf(value, own)];
  });
}

describe('docs/bench.md', () => {
  const text = readFileSync(join(packageRoot, 'docs', 'bench.md'), 'utf8');
  const section = (title: string) => text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
  const told = (title: string) =>
    section(title)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) =>
        [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, field = '']) => field),
      );
  const all = [...new Set(fieldsOf(schemaFor('/') as unknown as Node))];
  const ends = (fields: readonly string[]) =>
    fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`))).sort();
  const isSsh = /\bssh\./;

  it('tells every field of the whole, and none besides', () => {
    const fields = ends(all.filter((field) => !field.startsWith('devices.') && !isSsh.test(field)));
    assert.deepEqual(ends(told('The whole').filter((field) => !field.startsWith('ports.world.'))), fields);
  });

  it('tells every field of a device, and none besides', () => {
    const fields = all
      .filter((field) => field.startsWith('devices.') && !isSsh.test(field))
      .map((field) => field.slice('devices.'.length));
    assert.deepEqual(ends(told('Each device')), ends(fields));
  });

  it('tells every field of SSH', () => {
    const fields = all.filter((field) => field.startsWith('devices.ssh.')).map((field) => field.slice(8));
    assert.deepEqual(told('SSH').sort(), fields.sort());
  });
});
