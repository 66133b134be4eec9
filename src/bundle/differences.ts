/** Where a bundle's subject.json calls the device otherwise than its result.json, which `verify` and the run's page tell. */
import type { Device } from '../result.js';

export interface Difference {
  readonly field: string;
  /** Undefined where it is not said. */
  readonly subject: string | undefined;
  readonly result: string | undefined;
}

/** Field by field; conditions each by itself, under names that no field has. */
export function differencesOf(subject: Device, result: Device): Difference[] {
  const [said, ran] = [fieldsOf(subject), fieldsOf(result)];
  return [...new Set([...said.keys(), ...ran.keys()])]
    .filter((field) => said.get(field) !== ran.get(field))
    .map((field) => ({ field, subject: said.get(field), result: ran.get(field) }));
}

function fieldsOf({ conditions, ...names }: Device): ReadonlyMap<string, string | undefined> {
  const named = Object.entries(conditions).map(([key, value]): [string, string] => [
    `condition ${key}`,
    value,
  ]);
  return new Map([...Object.entries(names), ...named]);
}
