import type { CodingName } from '../sound/pcm.ts';
import { ContainerDecoder } from './container-decoder.ts';
import type { LiveDecoder } from './live-decoder.ts';
import { RawDecoder } from './raw-decoder.ts';

export interface RawLiveFormat {
  encoding: CodingName;
  /** Hertz. */
  sampleRate: number;
  channels?: number;
}

/**
 * @param format `auto`: a file, whose first bytes tell what it is
 * @param sampleRate hertz of the samples that are wanted
 */
export function openLiveDecoder(
  format: 'auto' | RawLiveFormat,
  sampleRate: number,
  limits: { soundStallMs: number },
): LiveDecoder {
  if (format === 'auto') return new ContainerDecoder(sampleRate, limits);
  return new RawDecoder({ channels: 1, ...format }, sampleRate);
}

/** Whether a file that begins so is decoded as it comes. */
export function decodesLive(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(12, head.byteLength)).toString('latin1');
  return /^RIFF....WAVE/s.test(text) || text.startsWith('\x1aE\xdf\xa3');
}
