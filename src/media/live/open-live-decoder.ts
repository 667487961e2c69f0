import type { CodingName } from '../sound/pcm.ts';
import type { LiveDecoder } from './live-decoder.ts';
import { RawDecoder } from './raw-decoder.ts';

export interface RawLiveFormat {
  encoding: CodingName;
  /** Hertz. */
  sampleRate: number;
  channels?: number;
}

/** @param sampleRate hertz of the samples that are wanted */
export function openLiveDecoder(format: 'auto' | RawLiveFormat, sampleRate: number): LiveDecoder {
  if (format === 'auto') throw new Error('containers come next');
  return new RawDecoder({ channels: 1, ...format }, sampleRate);
}
