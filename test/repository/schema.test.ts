import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingsJsonSchema } from '../../src/config/settings.ts';
import { manifestJsonSchema } from '../../src/repository/manifest.ts';
import { modelsDir } from '../support/models.ts';

test('models/model.schema.json is what the manifest is checked by; `npm run schema` writes it anew', async () => {
  const published: unknown = JSON.parse(await readFile(join(modelsDir, 'model.schema.json'), 'utf8'));
  expect(published).toEqual(manifestJsonSchema());
});

test('sandpiper.schema.json is what a configuration file is checked by', async () => {
  const path = join(modelsDir, '../sandpiper.schema.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(settingsJsonSchema());
});
