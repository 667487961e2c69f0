import { readSample, speechModel } from './models.ts';

/** The speech model's sample said `times` times over, as a WAV file: work for seconds. */
export async function longSpeech(times: number): Promise<Buffer<ArrayBuffer>> {
  const { bytes } = await readSample(speechModel);
  const dataStart = bytes.indexOf('data', 12, 'latin1') + 8;
  const sound = bytes.subarray(dataStart, dataStart + bytes.readUInt32LE(dataStart - 4));
  const head = Buffer.from(bytes.subarray(0, dataStart));
  head.writeUInt32LE(sound.length * times, dataStart - 4);
  head.writeUInt32LE(dataStart - 8 + sound.length * times, 4);
  return Buffer.concat([head, ...Array.from({ length: times }, () => sound)]);
}
