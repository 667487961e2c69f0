import { once } from 'node:events';
import express, { type Response } from 'express';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { openRequestContext } from '../../src/http/exchange/request-context.ts';
import { serveHttp, type HttpServer } from '../../src/http/http-server.ts';
import { transcriptEventSchema } from '../../src/http/openai/schemas.ts';
import { TranscriptStream } from '../../src/http/openai/transcript-stream.ts';
import { HttpMetrics } from '../../src/telemetry/http-metrics.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { openConnection } from '../support/raw-request.ts';

/** Serves one stream that `tell` fills. */
async function serveStream(
  tell: (stream: TranscriptStream, response: Response) => void,
  answerStallMs?: number,
): Promise<HttpServer> {
  const settings = resolveSettings({
    port: 0,
    logLevel: 'silent',
    ...(answerStallMs && { limits: { answerStallMs } }),
  });
  const logger = createLogger(settings);
  const app = express();
  app.use(openRequestContext(logger, new HttpMetrics()));
  app.get('/', (_request, response) => tell(new TranscriptStream(response, settings.limits), response));
  return serveHttp(app, settings, logger);
}

test('a client that reads slower than text comes is told the same in few and longer deltas', async () => {
  const times = 100_000;
  const text = 'word '.repeat(times);
  const server = await serveStream((stream, response) => {
    for (let time = 0; time < times; time++) stream.add({ text: 'word ', seconds: time / times });
    // One event waits to be sent, and not one for each word.
    expect(response.writableLength).toBeLessThan(100_000);
    stream.complete({ text, segments: [] });
  });
  const body = await (await fetch(server.url)).text();
  const events = [...body.matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) =>
    transcriptEventSchema.parse(JSON.parse(json)),
  );
  const deltas = events.flatMap((event) => (event.type === 'transcript.text.delta' ? [event.delta] : []));
  expect(deltas.join('')).toBe(text);
  expect(deltas.length).toBeLessThan(times / 10);
  expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text });
  await server.close();
});

test('a client that takes nothing for answerStallMs is hung up on', async () => {
  const closed = Promise.withResolvers<void>();
  const server = await serveStream((stream, response) => {
    response.once('close', closed.resolve);
    // More than the kernel keeps for a connection.
    stream.add({ text: 'x'.repeat(64 * 2 ** 20), seconds: 1 });
  }, 50);
  using connection = openConnection(server.url);
  connection.socket.pause();
  connection.socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await closed.promise;
  connection.socket.resume();
  await once(connection.socket, 'close');
  expect(connection.received()).not.toContain('[DONE]');
  await server.close();
});
