import { invalidRequest } from '../../errors.ts';
import type { LiveEvent, LiveInput, LiveTranscription } from '../api/live.ts';

/** Writes a sound into a session and yields the session's events. A reader that stops ends the session. */
export async function* pumpLive(live: LiveTranscription, sound: LiveInput): AsyncGenerator<LiveEvent, void> {
  using _live = live;
  // An error of the sound is thrown to the reader of the events.
  const pumping = pump(live, sound).catch((error: unknown) => live.fail(error));
  yield* live;
  await pumping;
}

async function pump(live: LiveTranscription, sound: LiveInput): Promise<void> {
  for await (const chunk of sound) {
    const given: unknown = chunk;
    if (!(given instanceof Uint8Array) && !(given instanceof Float32Array))
      throw invalidRequest('Expected a sound that comes as Uint8Array or Float32Array.');
    await live.write(chunk);
  }
  await live.end();
}
