import { readFile, writeFile } from 'node:fs/promises';

const HEADER_BYTES = 44;

/**
 * Speech into the microphone: a WAV file with some silence before and behind it.
 *
 * @param from 16 bits, one channel
 * @param to where the file is written
 */
export async function writeMicrophone(from: string, to: string): Promise<void> {
  const wav = await readFile(from);
  const bytesPerSecond = wav.readUInt32LE(28);
  const samples = wav.subarray(wav.indexOf('data', 12, 'latin1') + 8);
  const silence = (seconds: number): Buffer => Buffer.alloc(Math.round(bytesPerSecond * seconds) & ~1);
  const sound = Buffer.concat([silence(0.8), samples, silence(3)]);
  const header = Buffer.from(wav.subarray(0, HEADER_BYTES));
  header.writeUInt32LE(HEADER_BYTES - 8 + sound.byteLength, 4);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(sound.byteLength, 40);
  await writeFile(to, Buffer.concat([header, sound]));
}
