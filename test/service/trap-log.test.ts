import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { openSandpiper } from '../../src/index.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { copyModels, imageModel } from '../support/models.ts';

test('A trap is logged with its model and the component’s own function names', async () => {
  const component = await buildGuest('trap');
  await using models = await copyModels([imageModel], (manifest) => {
    const sha256 = createHash('sha256').update(component).digest('hex');
    Object.assign(manifest, { component: { file: 'trap.wasm', sha256 } });
  });
  await writeFile(join(models.path, imageModel, '1', 'trap.wasm'), component);

  const log: Record<string, unknown>[] = [];
  const settings = resolveSettings({ models: models.path, logFormat: 'json' });
  const logger = createLogger(settings, {
    write: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
  });
  await expect(openSandpiper(settings, { logger })).rejects.toThrow(/component of model .* failed/);

  const trapped = log.find(({ msg }) => msg === 'component trapped');
  expect(trapped).toMatchObject({
    level: 'error',
    model: imageModel,
    trap: expect.stringContaining('unreachable'),
  });
  expect(trapped?.['stack']).toMatch(/at attack \(wasm:.*\n\s+at classify \(wasm:/);
});
