/** The JSON Schemas that are handed out with the results, derived from the schemas that the code uses. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { HardwareListSchema } from '../list/schema.js';
import { ProfilesSchema } from '../profiles/profile.js';
import { ResultSchema } from '../result.js';
import { SurveySchema } from '../survey/result.js';

type JsonSchema = ReturnType<typeof toJsonSchema>;

function jsonSchema(schema: GenericSchema, title: string, description: string): JsonSchema {
  const converted = toJsonSchema(schema, { target: 'draft-2020-12', errorMode: 'throw' });
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
    'Devices and what their runs showed, version 1.',
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

/** File name below schemas/ to schema. */
export const schemas: Readonly<Record<string, () => JsonSchema>> = {
  'result.schema.json': resultJsonSchema,
  'hardware-list.schema.json': hardwareListJsonSchema,
  'profiles.schema.json': profilesJsonSchema,
  'survey.schema.json': surveyJsonSchema,
};

/** Writes all of them to a folder, which is made where it does not exist. */
export async function writeSchemas(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, make] of Object.entries(schemas)) {
    await writeFile(join(folder, name), `${JSON.stringify(make(), null, 2)}\n`);
  }
}
