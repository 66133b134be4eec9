/** The JSON Schemas that are handed out with the results, derived from the schemas that the code uses. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { ManifestSchema, PartiesSchema, SubjectSchema, WithdrawalSchema } from '../bundle/schema.js';
import { HardwareListSchema } from '../list/schema.js';
import { ProfilesSchema } from '../profiles/profile.js';
import { ResultSchema } from '../result.js';
import { SurveySchema } from '../survey/result.js';

type JsonSchema = ReturnType<typeof toJsonSchema>;

function jsonSchema(schema: GenericSchema, title: string, description: string): JsonSchema {
  // What only code can check, JSON Schema can't say: it accepts a little more.
  const converted = toJsonSchema(schema, {
    target: 'draft-2020-12',
    errorMode: 'throw',
    ignoreActions: ['check'],
  });
  return { ...converted, title, description };
}

/** JSON Schema (2020-12) of result.json. */
export function resultJsonSchema(): JsonSchema {
  return jsonSchema(ResultSchema, 'takeover result', 'What one run found out about one device, version 1.');
}

/** JSON Schema (2020-12) of hardware-list.json. */
export function hardwareListJsonSchema(): JsonSchema {
  return jsonSchema(
    HardwareListSchema,
    'takeover hardware list',
    'Devices and what their runs showed, version 2.',
  );
}

/** JSON Schema (2020-12) of takeover profiles: the catalogue's, and a bench file's `profiles`. */
export function profilesJsonSchema(): JsonSchema {
  return jsonSchema(
    ProfilesSchema,
    'takeover profiles',
    'How failover software announces that it takes over.',
  );
}

/** JSON Schema (2020-12) of survey.json. */
export function surveyJsonSchema(): JsonSchema {
  return jsonSchema(
    SurveySchema,
    'takeover survey',
    'What one survey saw of the hosts of a segment, version 1.',
  );
}

/** JSON Schema (2020-12) of a bundle's subject.json. */
export function subjectJsonSchema(): JsonSchema {
  return jsonSchema(
    SubjectSchema,
    'takeover bundle: subject',
    'The device of a submitted run as it is to stand in the list, and who tested it, version 1.',
  );
}

/** JSON Schema (2020-12) of a bundle's manifest.json. */
export function manifestJsonSchema(): JsonSchema {
  return jsonSchema(
    ManifestSchema,
    'takeover bundle: manifest',
    'Every file of a bundle with its size and digest, version 1; it is what is signed.',
  );
}

/** JSON Schema (2020-12) of a bundle's withdrawal.json. */
export function withdrawalJsonSchema(): JsonSchema {
  return jsonSchema(
    WithdrawalSchema,
    'takeover bundle: withdrawal',
    'Why a bundle no longer counts, version 1.',
  );
}

/** JSON Schema (2020-12) of reports/parties.json. */
export function partiesJsonSchema(): JsonSchema {
  return jsonSchema(
    PartiesSchema,
    'takeover parties',
    'Who stands behind the principals of reports/allowed_signers, version 1.',
  );
}

/** File name below schemas/ to schema. */
export const schemas: Readonly<Record<string, () => JsonSchema>> = {
  'result.schema.json': resultJsonSchema,
  'hardware-list.schema.json': hardwareListJsonSchema,
  'profiles.schema.json': profilesJsonSchema,
  'survey.schema.json': surveyJsonSchema,
  'subject.schema.json': subjectJsonSchema,
  'manifest.schema.json': manifestJsonSchema,
  'withdrawal.schema.json': withdrawalJsonSchema,
  'parties.schema.json': partiesJsonSchema,
};

/** Writes all of them to a folder, which is made where it does not exist. */
export async function writeSchemas(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, make] of Object.entries(schemas)) {
    await writeFile(join(folder, name), `${JSON.stringify(make(), null, 2)}\n`);
  }
}
