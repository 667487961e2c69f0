/** A request's sound on its way to its component. */
import type { SoundDecoder } from '../../media/sound-decoder.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { RequestClass, Slot } from '../queue/scheduler.ts';

/** A few seconds as WAV, minutes at a low bit rate: more is known of a sound only once it is decoded. */
const SHORT_SOUND_BYTES = 1_000_000;

export function soundClass(fileBytes: number): RequestClass {
  return fileBytes <= SHORT_SOUND_BYTES ? 'sound' : 'long';
}

/** Its length is added to the request's deadline. @returns mono samples at this rate */
export async function decodeRequestSound(
  file: Uint8Array,
  sampleRate: number,
  { sounds, scope, slot }: { sounds: SoundDecoder; scope: RequestScope; slot: Slot },
): Promise<Float32Array<ArrayBuffer>> {
  const sound = await scope.span.during('media', async (span) =>
    sounds.decode(file, sampleRate, {
      signal: scope.signal,
      giveWay: async () => span.during('queue', async () => slot.giveWay()),
    }),
  );
  // Added up: one request may bring several sounds.
  scope.setModelDeadline(scope.modelMs + (sound.length / sampleRate) * 1000);
  return sound;
}
