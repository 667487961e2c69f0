/** A client of the realtime door that notes every event, over `ws`. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { readSample, speechModel } from './models.ts';

export interface RealtimeEvent extends Record<string, unknown> {
  type: string;
}

export interface RealtimeClient extends Disposable {
  readonly socket: WebSocket;
  readonly events: RealtimeEvent[];
  /** Resolves with the code and reason of the close. */
  readonly closed: Promise<{ code: number; reason: string }>;
  send(event: object | string): void;
  /** The first event of this type that comes or has come after those that were awaited before. */
  next(type: string): Promise<RealtimeEvent>;
}

export interface RealtimeOptions {
  query?: string;
  protocols?: string[];
  headers?: Record<string, string>;
  answersPings?: boolean;
}

/** @throws Error `Unexpected server response: 429` and the like, `body` beside it */
export async function openRealtime(
  url: string,
  { query = 'intent=transcription', protocols = [], headers = {}, answersPings = true }: RealtimeOptions = {},
): Promise<RealtimeClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/realtime?${query}`, protocols, {
    headers,
    autoPong: answersPings,
  });
  const events: RealtimeEvent[] = [];
  let read = 0;
  let news = Promise.withResolvers<void>();
  const tell = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  const closed = once(socket, 'close').then(([code, reason]) => {
    tell();
    return { code: code as number, reason: String(reason) };
  });
  socket.on('message', (data: Buffer) => {
    events.push(JSON.parse(data.toString()) as RealtimeEvent);
    tell();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => {
        const { statusCode: status, headers: answered } = response;
        reject(Object.assign(new Error(`refused with ${status}`), { status, headers: answered, body }));
      });
    });
  });
  return {
    socket,
    events,
    closed,
    send: (event) => socket.send(typeof event === 'string' ? event : JSON.stringify(event)),
    async next(type) {
      for (;;) {
        const at = events.findIndex((event, index) => index >= read && event.type === type);
        const found = events[at];
        if (found !== undefined) {
          read = at + 1;
          return found;
        }
        if (socket.readyState >= WebSocket.CLOSING)
          throw new Error(
            `closed before ${type}; there came ${events.map((event) => event.type).join(', ')}`,
          );
        await news.promise;
      }
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** The speech model's sample as 16-bit samples, and a second of silence behind it. */
export async function spokenSample(): Promise<{ pcm: Buffer; sampleRate: number }> {
  const { bytes } = await readSample(speechModel);
  const sampleRate = bytes.readUInt32LE(24);
  const samples = bytes.subarray(bytes.indexOf('data', 12, 'latin1') + 8);
  return { pcm: Buffer.concat([samples, Buffer.alloc(sampleRate * 2)]), sampleRate };
}

/** Sound as events of a tenth of a second each. */
export function* appends(pcm: Uint8Array, bytesPerSecond: number): Generator<object> {
  const step = Math.round(bytesPerSecond / 20) * 2;
  for (let at = 0; at < pcm.byteLength; at += step) {
    const audio = Buffer.from(pcm.subarray(at, at + step)).toString('base64');
    yield { type: 'input_audio_buffer.append', audio };
  }
}
