/** Two servers' answers to one request, and in what they differ. */
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../src/errors.ts';
import type { ComparedRequest } from './request-forms.ts';

/** The compared part of an answer: all that a client could depend on and that is the same each time. */
export interface Answer {
  /** 0 for none. */
  readonly status: number;
  readonly coding: string;
  readonly json?: unknown;
  /** Header of answers with binary tensors. */
  readonly type?: string;
  /** In hexadecimal. */
  readonly tensors?: string;
  /** In the server's own words: that there is one is compared, and not which. */
  readonly error?: string;
}

/** A server that has not answered by then does not. */
const answerMs = 20_000;

export async function ask(url: string, request: ComparedRequest): Promise<Answer> {
  const { path, body, method = body === undefined ? 'GET' : 'POST' } = request;
  try {
    // Unless told, fetch asks for compressed answers.
    const headers = { 'accept-encoding': 'identity', ...request.headers };
    const signal = AbortSignal.timeout(answerMs);
    const init = { method, headers, signal, ...(body !== undefined && { body }) };
    const response = await fetch(`${url}${path}`, init);
    return readAnswer(response, Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    return { status: 0, coding: '', error: messageOf(error) };
  }
}

function readAnswer({ status, headers }: Response, bytes: Buffer): Answer {
  const length = headers.get('inference-header-content-length');
  const json = parse(bytes.toString('utf8', 0, length === null ? bytes.length : Number(length)));
  const error = errorOf(json);
  const answer = { status, coding: headers.get('content-encoding') ?? '' };
  if (error !== undefined) return { ...answer, error };
  if (length === null) return { ...answer, json: withoutTimes(json) };
  const tensors = bytes.toString('hex', Number(length));
  return { ...answer, type: headers.get('content-type') ?? '', json: withoutTimes(json), tensors };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function errorOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('error' in json)) return undefined;
  return typeof json.error === 'string' && json.error !== '' ? json.error : undefined;
}

/** Times differ from run to run, and lists of models and of their properties have no order. */
function withoutTimes(json: unknown): unknown {
  if (Array.isArray(json)) {
    const list = json.map(withoutTimes);
    const named = list.every((each) => typeof each === 'object' && each !== null && 'state' in each);
    return named ? list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : list;
  }
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      key === 'ns' || key === 'last_inference' ? 'a time' : withoutTimes(value),
    ]),
  );
}

/**
 * In what two answers differ, as paths without the places in a list: a status says what it is here and there, and
 * more of answers with two statuses is not looked at.
 *
 * @param ourFields only the fields of our own JSON are compared
 */
export function differences(ours: Answer, theirs: Answer, ourFields = false): string[] {
  if (ours.status !== theirs.status) return [`${statusText(ours)} for ${statusText(theirs)}`];
  return [...new Set(compare('', masked(ours), masked(theirs), ourFields))];
}

export function statusText({ status }: Answer): string {
  return status === 0 ? 'no answer' : String(status);
}

function masked(answer: Answer): Answer {
  return answer.error === undefined ? answer : { ...answer, error: 'an error' };
}

function* compare(path: string, ours: unknown, theirs: unknown, ourFields: boolean): Generator<string> {
  if (isObject(ours) && isObject(theirs)) {
    for (const key of new Set([...Object.keys(ours), ...(ourFields ? [] : Object.keys(theirs))])) {
      const step = Array.isArray(ours) ? '*' : key;
      yield* compare(path === '' ? step : `${path}.${step}`, ours[key], theirs[key], ourFields);
    }
  } else if (!isDeepStrictEqual(ours, theirs)) yield path;
}

/** Lists of plain values are one value. */
function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) || value.some((each) => typeof each === 'object');
}
