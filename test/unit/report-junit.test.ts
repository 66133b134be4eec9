import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import { renderJunit } from '../../src/report/junit.js';
import { resultJsonSchema, schemas } from '../../src/report/schema.js';
import { packageRoot } from '../../src/root.js';
import { caseOf, linkDown, mixedCases, relearns, resultOf } from './report-fixtures.js';

/** Checks that tags are balanced and text is escaped; returns the names of the elements. */
function parse(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  assert.equal(body.replace(/<\/?[a-z]+( [\w.]+="[^"<]*")*\/?>/g, '').includes('<'), false, 'stray <');
  assert.doesNotMatch(body, /&(?!(amp|lt|gt|quot|#\d+);)/);
  for (const [, end, name, empty] of body.matchAll(/<(\/?)([a-z]+)(?: [\w.]+="[^"<]*")*(\/?)>/g)) {
    if (end) assert.equal(open.pop(), name);
    else names.push(name ?? '');
    if (!end && !empty) open.push(name ?? '');
  }
  assert.deepEqual(open, []);
  return names;
}

describe('JUnit', () => {
  it('maps outcomes so that only a must fails the build', () => {
    const xml = renderJunit([resultOf(mixedCases())]);
    const names = parse(xml);
    const count = (name: string) => names.filter((n) => n === name).length;
    assert.deepEqual([count('testcase'), count('failure'), count('error'), count('skipped')], [10, 1, 1, 3]);
    assert.match(xml, /<testsuites name="takeover" tests="10" failures="1" errors="1" skipped="3"/);
    assert.match(
      xml,
      /name="switch\/relearns\/rarp"[^\n]*<failure message="The switch kept sending[^\n]*type="must fail"/,
    );
    assert.match(xml, /<skipped message="should failed: Frames to the station vanished/);
    assert.match(xml, /<skipped message="not-applicable: The bench declares no VLAN\."/);
    assert.match(xml, /<property name="takeover\.outcome" value="inconclusive"\/>/);
    assert.match(xml, /<property name="takeover\.level" value="should"\/>/);
  });

  it('stays well-formed whatever a result says', () => {
    const reason = `]]> <&"' \u0000\u0008\u001b[31m\ufffe\ud800 line\nnext`;
    const xml = renderJunit([
      resultOf([caseOf(relearns, 'rarp', { outcome: 'fail', reason }), caseOf(linkDown, 'x')]),
    ]);
    parse(xml);
    assert.doesNotMatch(xml, /[^\P{Control}\n]|[\ufffe\p{Surrogate}]/u);
    assert.match(xml, /line&#10;next/);
  });
});

describe('JSON Schemas', () => {
  const validate = new Ajv2020({ strict: true }).compile(resultJsonSchema() as SchemaObject);

  it('accepts results and refuses what is none', () => {
    const result = JSON.parse(JSON.stringify(resultOf(mixedCases())));
    assert.equal(validate(result), true, JSON.stringify(validate.errors));
    assert.equal(validate({ ...result, schemaVersion: 2 }), false);
    assert.equal(validate({ ...result, surprise: 1 }), false);
    result.cases[0].outcome = 'maybe';
    assert.equal(validate(result), false);
  });

  for (const [name, make] of Object.entries(schemas)) {
    it(`schemas/${name} is what the code says; writeSchemas mends it`, () => {
      const committed = JSON.parse(readFileSync(join(packageRoot, 'schemas', name), 'utf8'));
      assert.deepEqual(committed, JSON.parse(JSON.stringify(make())));
    });
  }
});
