import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestJsonSchema } from '../../src/repository/manifest.ts';
import { modelsDir } from '../support/models.ts';

test('models/model.schema.json is what the manifest is checked by; `npm run schema` writes it anew', async () => {
  const published: unknown = JSON.parse(await readFile(join(modelsDir, 'model.schema.json'), 'utf8'));
  expect(published).toEqual(manifestJsonSchema());
});
