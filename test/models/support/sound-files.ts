/** Sounds of 16 kHz, mono, 16 bits. */
import { wavFile } from '../../media/support/sounds.ts';

export const SAMPLE_RATE = 16_000;

/** @param samples from -1 to 1 */
export function soundFile(samples: Float32Array): Buffer {
  return wavFile(
    new Uint8Array(
      Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767)).buffer,
    ),
  );
}

/** Reads a file that {@link soundFile} could have made. */
export function samplesOf(file: Buffer): Float32Array {
  const start = file.indexOf('data', 12, 'latin1') + 8;
  const count = file.readUInt32LE(start - 4) / 2;
  return Float32Array.from({ length: count }, (_, index) => file.readInt16LE(start + index * 2) / 32_768);
}

/** Silence with a dial tone, 350 and 440 Hz, from one second to another. */
export function dialTone(seconds: number, from: number, to: number): Float32Array {
  return Float32Array.from({ length: seconds * SAMPLE_RATE }, (_, index) => {
    const time = index / SAMPLE_RATE;
    if (time < from || time >= to) return 0;
    return 0.4 * (Math.sin(2 * Math.PI * 350 * time) + Math.sin(2 * Math.PI * 440 * time));
  });
}
