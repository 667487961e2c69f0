/** The examples of the open contract: each language finds the same two pictures alike. */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../components/examples/catalogue.ts';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { createProject } from '../../src/scaffold/create-project.ts';
import { installComponent } from '../../src/toolkit/install-component.ts';
import { exampleComponent } from '../support/example-components.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const predictors = EXAMPLES.filter(({ task }) => task === 'prediction');
const REFERENCE = 'assemblyscript';

const components = new Map(
  await Promise.all(
    predictors.map(async (example) => [example.language, await exampleComponent(example)] as const),
  ),
);

interface Outputs {
  comparison: { similarity: number; same: boolean };
  features: { datatype: string; shape: number[]; data: Uint8Array };
}

let folder: { path: string } & AsyncDisposable;
let sandpiper: Sandpiper;

beforeAll(async () => {
  folder = await temporaryFolder('sandpiper-predictors-');
  const models = join(folder.path, 'models');
  await mkdir(models);
  for (const { language, task } of predictors) {
    const component = components.get(language);
    if (component === undefined || typeof component === 'string') continue;
    const project = join(folder.path, language);
    await createProject(project, { name: language, language, task });
    await installComponent(component, project);
    await rename(join(project, 'models', language), join(models, language));
  }
  sandpiper = await openSandpiper({ models, logLevel: 'silent', limits: { compileMs: 120_000 } });
}, 180_000);
afterAll(async () => {
  await sandpiper?.close();
  await folder[Symbol.asyncDispose]();
});

async function compare(model: string, threshold?: number): Promise<Outputs> {
  const pictures = join(folder.path, 'models', REFERENCE, '1');
  const inputs = { first: join(pictures, 'sample.png'), second: join(pictures, 'second.jpg') };
  const parameters = threshold === undefined ? {} : { threshold };
  const { outputs } = await sandpiper.predict<Outputs>(model, inputs, { parameters });
  return outputs;
}

describe.each(predictors)('The example in $language', ({ language }) => {
  const component = components.get(language);
  const missing = typeof component === 'string' ? component : undefined;

  test('gives what the graph gave for each picture, and how alike that is', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const expected = await compare(REFERENCE);
    const { comparison, features } = await compare(language);
    expect(features).toEqual(expected.features);
    expect(features).toMatchObject({ datatype: 'FP32', shape: [2, 1_000] });
    expect(comparison).toEqual({ similarity: expect.closeTo(expected.comparison.similarity, 5), same: true });
    expect(comparison.similarity).toBeCloseTo(0.884, 3);
  });

  test('goes by the threshold of the request', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await expect(compare(language, 0.95)).resolves.toMatchObject({ comparison: { same: false } });
  });
});
