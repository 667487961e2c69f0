import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../components/examples/catalogue.ts';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { createProject } from '../../src/scaffold/create-project.ts';
import { installComponent } from '../../src/toolkit/install-component.ts';
import { exampleComponent } from '../support/example-components.ts';
import { readSample, speechModel } from '../support/models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const transcribers = EXAMPLES.filter(({ task }) => task === 'speech-transcription');
const components = await Promise.all(transcribers.map(exampleComponent));

/** A WAV file's sound, `times` over. */
function repeated(wav: Buffer, times: number): Buffer {
  const header = Buffer.from(wav.subarray(0, 44));
  const sound = wav.subarray(44);
  header.writeUInt32LE(36 + sound.length * times, 4);
  header.writeUInt32LE(sound.length * times, 40);
  return Buffer.concat([header, ...Array<Buffer>(times).fill(sound)]);
}

describe.each(transcribers)('A transcriber in $language', (example) => {
  const component = components[transcribers.indexOf(example)] as Uint8Array | string;
  const missing = typeof component === 'string' ? component : undefined;
  let folder: { path: string } & AsyncDisposable;
  let sandpiper: Sandpiper;
  beforeAll(async () => {
    folder = await temporaryFolder('sandpiper-transcriber-');
    if (typeof component === 'string') return;
    const project = join(folder.path, 'project');
    await createProject(project, { name: 'own', ...example });
    await installComponent(component, project);
    sandpiper = await openSandpiper({ models: join(project, 'models'), logLevel: 'silent' });
  });
  afterAll(async () => {
    await sandpiper?.close();
    await folder[Symbol.asyncDispose]();
  });

  test('gives the text of the model’s sample, as it comes and at the end', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const { bytes } = await readSample(speechModel);
    let progress = '';
    const { text, segments, language } = await sandpiper.transcribe('own', bytes, {
      onProgress: (update) => (progress += update.text),
    });
    expect({ text, progress, language }).toEqual({
      text: 'Ever tried ever failed.',
      progress: text,
      language: 'en',
    });
    expect(segments).toMatchObject([{ text, start: 0, tokens: [18274, 1898, 3926, 5229, 29889] }]);
    // Processors with other instructions for integers round otherwise.
    expect(segments[0]?.averageLogProbability).toBeCloseTo(-0.23, 1);
  });

  test('cuts sound that is longer than the model takes', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    if (process.env['TEST_EXAMPLES'] === undefined) skip('npm run test:examples has it, as it takes seconds');
    const { bytes } = await readSample(speechModel);
    const { text, segments } = await sandpiper.transcribe('own', repeated(bytes, 10));
    expect(segments.map(({ start }) => start)).toEqual([0, 30]);
    expect(text).toBe(segments.map((segment) => segment.text).join(' '));
    expect(text.split(/failed/i).length).toBeGreaterThan(5);
  });

  test.for([
    ['another language', { language: 'de' }],
    ['times of words', { wordTimestamps: true }],
    ['a temperature', { temperature: 0.5 }],
  ] as const)('refuses %s', async ([, options], { skip }) => {
    if (missing !== undefined) skip(missing);
    const { bytes } = await readSample(speechModel);
    await expect(sandpiper.transcribe('own', bytes, options)).rejects.toMatchObject({
      code: 'unsupported-request',
    });
  });
});
