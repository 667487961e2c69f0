/** Writes model.schema.json and sandpiper.schema.json, for editors: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settingsJsonSchema } from '../src/config/settings.ts';
import { manifestJsonSchema } from '../src/repository/manifest.ts';

const schemas = {
  'model.schema.json': manifestJsonSchema(),
  '../sandpiper.schema.json': settingsJsonSchema(),
};
for (const [file, schema] of Object.entries(schemas)) {
  await writeFile(join(import.meta.dirname, file), `${JSON.stringify(schema, null, 2)}\n`);
}
