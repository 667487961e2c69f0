import { expect, test } from 'vitest';
import { openSandpiper } from '../../src/index.ts';
import { readSample, speechModel } from '../support/models.ts';
import { scriptedTranscriber } from '../support/scripted-transcriber.ts';

test('a service that idles ends the threads of long calls that are over, and works as before', async () => {
  await using models = await scriptedTranscriber([{ upTo: 60, lines: [['▁Hello', 10]] }], 'Hello');
  const { bytes } = await readSample(speechModel);
  await using sandpiper = await openSandpiper({
    models: models.path,
    logLevel: 'silent',
    guestThreads: 2,
    limits: { idleMs: 50 },
  });
  const idleThreads = async () => /guest_threads\{state="idle"\} (\d+)/.exec(await sandpiper.metrics())?.[1];
  for (let round = 0; round < 3; round++) {
    // The sample was a long call, too. One thread is to spare.
    await expect.poll(idleThreads).toBe('3');
    expect((await sandpiper.transcribe('scripted', bytes)).text).toBe('Hello');
  }
});
