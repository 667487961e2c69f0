/** A request's sound on its way to its component. */
import { SandpiperError } from '../../errors.ts';
import type { SoundDecoder } from '../../media/sound-decoder.ts';
import type { RequestScope } from '../queue/request-scope.ts';
import type { RequestClass, Slot } from '../queue/scheduler.ts';

/** Half a minute as WAV, half an hour at a low bit rate: more is known of a sound only once it is decoded. */
const SHORT_SOUND_BYTES = 1_000_000;
/** A sound that turns out to last longer is a long one. */
const SHORT_SOUND_SECONDS = 30;

export function soundClass(fileBytes: number): RequestClass {
  return fileBytes <= SHORT_SOUND_BYTES ? 'sound' : 'long';
}

interface SoundWork {
  sounds: SoundDecoder;
  scope: RequestScope;
  slot: Slot;
}

/**
 * Its length is added to the request's deadline. A sound that is longer than its file let expect is given up after half a
 * minute of it, waits among the long ones, and is decoded again.
 *
 * @returns mono samples at this rate
 */
export async function decodeRequestSound(
  file: Uint8Array,
  sampleRate: number,
  { sounds, scope, slot }: SoundWork,
): Promise<Float32Array<ArrayBuffer>> {
  const decode = async (mostSeconds?: number): Promise<Float32Array<ArrayBuffer>> =>
    scope.span.during('media', async (span) =>
      sounds.decode(file, sampleRate, {
        signal: scope.signal,
        giveWay: async () => span.during('queue', async () => slot.giveWay()),
        mostSeconds,
      }),
    );
  const sound = slot.class === 'long' ? await decode() : await decodeShort();
  // Added up: one request may bring several sounds.
  scope.setModelDeadline(scope.modelMs + (sound.length / sampleRate) * 1000);
  return sound;

  async function decodeShort(): Promise<Float32Array<ArrayBuffer>> {
    try {
      return await decode(SHORT_SOUND_SECONDS);
    } catch (error) {
      if (!(error instanceof SandpiperError) || error.code !== 'input-too-large') throw error;
      await scope.span.during('queue', async () => slot.startAsLong());
      return decode();
    }
  }
}
