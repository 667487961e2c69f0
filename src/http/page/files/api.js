/**
 * Requests to this service, wherever it is mounted. What is sent is told by a {@link Sketch}, of which the page also
 * makes the lines that ask the same from elsewhere (code-lines.js).
 */
import { readKey } from './key.js';

/** The service's own address, with a slash at its end. */
export const BASE = new URL('..', import.meta.url);

/**
 * @typedef {object} Sketch A request before it is sent.
 * @property {string} path below the service's address
 * @property {Body} body
 *
 * @typedef {{ kind: 'file', file: Chosen }
 *   | { kind: 'form', fields: [name: string, value: string | Chosen][] }
 *   | { kind: 'json', json: unknown }} Body
 *
 * @typedef {object} Chosen A file that somebody chose, or the sample of a model.
 * @property {File} file
 * @property {string} [samplePath] where the service has it
 */

/** A refusal of the service, with its message. */
export class Refusal extends Error {
  /**
   * @param {number} status 0 where nothing answered
   * @param {string} message
   * @param {number} [retryAfter] seconds
   */
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** @param {string} path @param {RequestInit} [init] */
export async function ask(path, init = {}) {
  const key = readKey();
  const headers = new Headers(init.headers);
  if (key !== '') headers.set('Authorization', `Bearer ${key}`);
  let response;
  try {
    response = await fetch(new URL(path, BASE), { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new Refusal(0, 'The service does not answer, or the connection was cut.');
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/** @param {string} path @returns {Promise<any>} */
export async function askJson(path) {
  return (await ask(path)).json();
}

/** @param {Sketch} sketch @param {AbortSignal} [signal] */
export async function send({ path, body }, signal) {
  const init = { method: 'POST', signal: signal ?? null };
  if (body.kind === 'file') return ask(path, { ...init, body: body.file.file });
  if (body.kind === 'json') {
    return ask(path, {
      ...init,
      body: JSON.stringify(body.json),
      headers: { 'Content-Type': 'application/json' },
    });
  }
  const form = new FormData();
  for (const [name, value] of body.fields) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value.file, value.file.name);
  }
  return ask(path, { ...init, body: form });
}

/** Errors have the shape of the convention that a path belongs to. @param {Response} response */
async function refusalOf(response) {
  const text = await response.text();
  let message = text.slice(0, 500);
  try {
    const { error } = JSON.parse(text);
    message = typeof error === 'string' ? error : (error?.message ?? message);
  } catch {
    // A proxy's own page, say.
  }
  const seconds = Number(response.headers.get('Retry-After'));
  return new Refusal(
    response.status,
    message || `Status ${response.status}.`,
    seconds > 0 ? seconds : undefined,
  );
}
