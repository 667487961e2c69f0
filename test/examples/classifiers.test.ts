import { createHash } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../components/examples/catalogue.ts';
import { openSandpiper, type Prediction, type Sandpiper } from '../../src/index.ts';
import { LANGUAGES } from '../../src/scaffold/languages.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';
import { exampleComponent } from '../support/example-components.ts';
import { colourfulPicture, SIDE, writeTensorModel } from '../support/example-models.ts';
import { copyModels, imageModel, modelsDir, readSample } from '../support/models.ts';

const classifiers = EXAMPLES.filter(({ task }) => task === 'image-classification');

const components = new Map(
  await Promise.all(
    classifiers.map(async (example) => [example.language, await exampleComponent(example)] as const),
  ),
);

describe('A classifier', () => {
  let models: { path: string } & AsyncDisposable;
  let sandpiper: Sandpiper;
  beforeAll(async () => {
    models = await copyModels([]);
    await writeTensorModel(join(models.path, 'tensor-reference', '1'), 'image-classifier');
    await cp(join(modelsDir, imageModel), join(models.path, imageModel), { recursive: true });
    for (const [language, bytes] of components) {
      if (typeof bytes === 'string') continue;
      await writeTensorModel(join(models.path, `tensor-${language}`, '1'), bytes, language);
      await using shipped = await copyModels([imageModel], (manifest) => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const { limits, grants } = LANGUAGES[language];
        const component = { file: COMPONENT_FILE, sha256 };
        Object.assign(manifest, { component, grants: { logging: true, ...grants } });
        manifest.limits = { ...limits, deadlineMs: 60_000 };
      });
      await cp(join(shipped.path, imageModel, '1'), join(models.path, language, '1'), { recursive: true });
      await writeFile(join(models.path, language, '1', COMPONENT_FILE), bytes);
    }
    sandpiper = await openSandpiper({
      models: models.path,
      logLevel: 'silent',
      limits: { compileMs: 120_000 },
    });
  }, 180_000);
  afterAll(async () => {
    await sandpiper?.close();
    await models[Symbol.asyncDispose]();
  });

  describe.each(classifiers)('in $language', ({ language }) => {
    const component = components.get(language);
    const missing = typeof component === 'string' ? component : undefined;

    test('gives the graph the same tensor as the reference component', async ({ skip }) => {
      if (missing !== undefined) skip(missing);
      const photo = await colourfulPicture();
      const options = { topK: 3 * SIDE * SIDE, scoreFunction: 'none' } as const;
      const expected = await sandpiper.classify('tensor-reference', photo, options);
      const { predictions } = await sandpiper.classify(`tensor-${language}`, photo, options);
      expect(predictions).toEqual(expected.predictions);
    });

    test.for(['softmax', 'sigmoid'] as const)(
      'scores by %s as the reference component does',
      async (by, { skip }) => {
        if (missing !== undefined) skip(missing);
        const photo = await colourfulPicture();
        const options = { topK: 20, scoreFunction: by };
        const expected = await sandpiper.classify('tensor-reference', photo, options);
        const { predictions } = await sandpiper.classify(`tensor-${language}`, photo, options);
        expectScores(predictions, expected.predictions);
      },
    );

    test('gives the labels of the model’s sample, best first', async ({ skip }) => {
      if (missing !== undefined) skip(missing);
      const { bytes } = await readSample(imageModel);
      const expected = await sandpiper.classify(imageModel, bytes);
      const { predictions } = await sandpiper.classify(language, bytes);
      expect(predictions.map(({ label }) => label)).toEqual(expected.predictions.map(({ label }) => label));
      expectScores(predictions, expected.predictions);
    });
  });
});

/** Equal up to the last digit: each language has an exp of its own. */
function expectScores(predictions: readonly Prediction[], expected: readonly Prediction[]): void {
  expect(predictions).toHaveLength(expected.length);
  for (const [index, { score }] of predictions.entries()) {
    expect(score).toBeCloseTo(expected[index]?.score ?? Number.NaN, 6);
  }
}
