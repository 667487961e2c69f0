/** Live speech, as OpenAI's Realtime transcription does it: sound goes out as it is spoken, text comes as it is heard. */
import { BASE } from './api.js';
import { readKey } from './key.js';

/**
 * @typedef {object} LiveText What is heard of one turn of the speaker.
 * @property {string} stable never taken back
 * @property {string} tentative may still change
 * @property {boolean} settled
 *
 * @typedef {object} Live
 * @property {(piece: Int16Array) => void} add sound at 24 kHz; what comes before the connection is there waits for it
 * @property {() => Promise<boolean>} end resolves when all of it is settled: whether all of it was heard
 */

/** This service's own: the words behind a delta that may still change. */
const TENTATIVE = 'item.input_audio_transcription.tentative';
const TEXT = 'conversation.item.input_audio_transcription';
const settleMs = 15_000;

/**
 * @param {string} model
 * @param {{ onText: (texts: LiveText[]) => void, onProblem: (error: Error) => void }} listeners
 * @returns {Live}
 */
export function openLive(model, { onText, onProblem }) {
  const url = new URL('v1/realtime?intent=transcription', BASE);
  url.protocol = url.protocol.replace('http', 'ws');
  const key = readKey();
  // A page cannot set headers of a socket: OpenAI's own client gives the key like this, too.
  const socket = new WebSocket(url, ['realtime', ...(key === '' ? [] : [`openai-insecure-api-key.${key}`])]);
  /** @type {string[]} */
  const unsent = [];
  /** By item, in the order of speech. @type {Map<string, LiveText>} */
  const items = new Map();
  const over = Promise.withResolvers();
  let state = /** @type {'open' | 'ending' | 'failed'} */ ('open');

  const say = (/** @type {object} */ event) => {
    const text = JSON.stringify(event);
    if (socket.readyState === WebSocket.CONNECTING) unsent.push(text);
    else if (socket.readyState === WebSocket.OPEN) socket.send(text);
  };
  const fail = (/** @type {string} */ message) => {
    if (state !== 'failed') onProblem(new Error(message));
    state = 'failed';
  };
  const hear = (/** @type {any} */ { type, item_id: id, delta = '', tentative = '', transcript, error }) => {
    if (type === 'error') {
      // Where nothing was left to commit, nothing is missing.
      if (state === 'ending') over.resolve(undefined);
      else fail(error.message);
    }
    if (type === `${TEXT}.failed`) fail(error.message);
    if (type === `${TEXT}.delta`) {
      items.set(id, { stable: (items.get(id)?.stable ?? '') + delta, tentative, settled: false });
    }
    if (type === `${TEXT}.completed`) items.set(id, { stable: transcript, tentative: '', settled: true });
    if (String(type).startsWith(TEXT)) onText([...items.values()]);
    const isWhole = items.values().every(({ settled }) => settled);
    if (state === 'ending' && type === `${TEXT}.completed` && isWhole) over.resolve(undefined);
  };

  socket.addEventListener('open', () => unsent.splice(0).forEach((text) => socket.send(text)));
  socket.addEventListener('message', ({ data }) => hear(JSON.parse(data)));
  socket.addEventListener('close', ({ reason }) => {
    if (state === 'open')
      fail(reason || 'The service let no live speech in, or cut it off. What you say is still recorded.');
    over.resolve(undefined);
  });
  const input = {
    format: { type: 'audio/pcm', rate: 24_000 },
    transcription: { model },
    turn_detection: { type: 'server_vad' },
  };
  say({ type: 'session.update', session: { type: 'transcription', audio: { input }, include: [TENTATIVE] } });
  return {
    add: (piece) => say({ type: 'input_audio_buffer.append', audio: base64(new Uint8Array(piece.buffer)) }),
    end: async () => {
      if (state === 'open') {
        state = 'ending';
        say({ type: 'input_audio_buffer.commit' });
        setTimeout(over.resolve, settleMs);
        await over.promise;
      }
      socket.close(1000);
      return state !== 'failed';
    },
  };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
