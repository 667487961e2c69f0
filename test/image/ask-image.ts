/** Asks a service that an image runs. */
import { createInterface } from 'node:readline';
import { readSample } from '../support/models.ts';

/** What it says when it is ready. @param log its log so far, for the message of the error */
export async function firstLine(stream: NodeJS.ReadableStream, log: () => string): Promise<{ url: string }> {
  for await (const line of createInterface(stream)) return JSON.parse(line) as { url: string };
  throw new Error(`it ended before it was ready: ${log()}`);
}

/** Asks a model for its sample. @returns the status */
export async function ask(url: string, model: string): Promise<number> {
  const { bytes } = await readSample(model);
  // An emulated processor takes minutes.
  const signal = AbortSignal.timeout(600_000);
  return (await fetch(`${url}/models/${model}`, { method: 'POST', body: bytes, signal })).status;
}
