/** The microphone as pieces of sound, and all of them as a file in the end. */
import { openDevice } from './device.js';

/** Samples a second, as the realtime protocol has them. */
export const RATE = 24_000;

/**
 * @typedef {object} Recording
 * @property {() => Promise<File>} stop gives what was recorded, as WAV
 *
 * @param {(piece: Int16Array, level: number) => void} onPiece a tenth of a second; the level is from 0 to 1
 * @returns {Promise<Recording>}
 * @throws {Error} in words for people
 */
export async function record(onPiece) {
  const stream = await openDevice('microphone', { audio: { channelCount: 1 } });
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL('recorder-worklet.js', import.meta.url).href);
  const node = new AudioWorkletNode(context, 'recorder', {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  });
  /** @type {Int16Array[]} */
  const pieces = [];
  node.port.addEventListener('message', ({ data }) => {
    pieces.push(data);
    onPiece(data, levelOf(data));
  });
  node.port.start();
  context.createMediaStreamSource(stream).connect(node);
  await context.resume();
  return {
    stop: async () => {
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      return new File(
        [wavHeader(pieces), ...pieces.map(({ buffer }) => /** @type {ArrayBuffer} */ (buffer))],
        'recording.wav',
        { type: 'audio/wav' },
      );
    },
  };
}

/** @param {Int16Array} piece */
function levelOf(piece) {
  let sum = 0;
  for (const sample of piece) sum += sample * sample;
  return Math.min(1, Math.sqrt(sum / piece.length) / 8_000);
}

/** A WAV file of one channel of 16 bits. @param {Int16Array[]} pieces */
function wavHeader(pieces) {
  const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const header = new DataView(new ArrayBuffer(44));
  /** @param {number} at @param {string} text */
  const write = (at, text) => {
    for (let index = 0; index < text.length; index++) header.setUint8(at + index, text.charCodeAt(index));
  };
  write(0, 'RIFF');
  header.setUint32(4, 36 + bytes, true);
  write(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, RATE * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  write(36, 'data');
  header.setUint32(40, bytes, true);
  return header.buffer;
}
