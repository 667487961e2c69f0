/** Writes model.schema.json, the published form of the manifest's schema: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestJsonSchema } from '../src/repository/manifest.ts';

const target = join(import.meta.dirname, 'model.schema.json');
await writeFile(target, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
