/** Live speech, as OpenAI's Realtime transcription does it: sound goes out as it is spoken, text comes as it is heard. */
import { BASE } from './api.js';
import { readKey } from './key.js';

/**
 * @typedef {object} LiveText What is heard of one stretch of speech.
 * @property {string} stable never taken back
 * @property {string} tentative may still change
 * @property {boolean} settled
 *
 * @typedef {object} Live
 * @property {(piece: Int16Array) => void} add
 * @property {() => Promise<void>} end resolves when all that was sent is settled
 *
 * @param {string} model
 * @param {{ onText: (texts: LiveText[]) => void, onProblem: (error: Error) => void }} listeners
 * @returns {Promise<Live>}
 */
export async function openLive(model, { onText, onProblem }) {
  const url = new URL('v1/realtime?intent=transcription', BASE);
  url.protocol = url.protocol.replace('http', 'ws');
  const key = readKey();
  // A page cannot set headers of a socket: OpenAI's own client gives the key like this, too.
  const socket = new WebSocket(url, ['realtime', ...(key === '' ? [] : [`openai-insecure-api-key.${key}`])]);
  /** By item, in the order of speech. @type {Map<string, LiveText>} */
  const items = new Map();
  const opened = Promise.withResolvers();
  const ended = Promise.withResolvers();
  const itemOf = (/** @type {string} */ id) => {
    const item = items.get(id) ?? { stable: '', tentative: '', settled: false };
    items.set(id, item);
    return item;
  };
  socket.addEventListener('open', () => {
    say({
      type: 'session.update',
      session: {
        type: 'transcription',
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            transcription: { model },
            turn_detection: { type: 'server_vad' },
          },
        },
      },
    });
    opened.resolve(undefined);
  });
  socket.addEventListener('message', ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === 'error') onProblem(new Error(event.error?.message ?? 'Live speech failed.'));
    if (!String(event.type).startsWith('conversation.item.input_audio_transcription.')) return;
    const item = itemOf(event.item_id);
    if (event.type.endsWith('.delta')) {
      item.stable += event.delta ?? '';
      item.tentative = event.tentative ?? '';
    }
    if (event.type.endsWith('.completed'))
      Object.assign(item, { stable: event.transcript, tentative: '', settled: true });
    onText([...items.values()]);
  });
  socket.addEventListener('close', ({ code, reason }) => {
    opened.reject(new Error(reason || 'The service has no live speech, or it let nobody in.'));
    if (code !== 1000 && code !== 1005)
      onProblem(new Error(reason || `The connection was closed (${code}).`));
    ended.resolve(undefined);
  });
  const say = (/** @type {object} */ event) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
  };
  await opened.promise;
  return {
    add: (piece) => say({ type: 'input_audio_buffer.append', audio: base64(new Uint8Array(piece.buffer)) }),
    end: async () => {
      say({ type: 'input_audio_buffer.commit' });
      socket.close(1000);
      await ended.promise;
    },
  };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
