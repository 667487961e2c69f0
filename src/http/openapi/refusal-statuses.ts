import { ERRORS, type ErrorCode } from '../../errors.ts';
import type { Route } from '../routing/route.ts';
import type { ANSWER_HEADERS } from '../routing/answer-headers.ts';

interface Refusal {
  readonly description: string;
  readonly headers?: readonly (keyof typeof ANSWER_HEADERS)[];
}

/** Meanings of the statuses of refusals. */
export const REFUSALS: Readonly<Record<number, Refusal>> = {
  400: { description: 'The request is unusable; the message says what was expected.' },
  401: { description: 'No key, or none that is known here.', headers: ['WWW-Authenticate'] },
  403: { description: 'Not for this key, or not for the pages of this origin.' },
  404: { description: 'There is no such model, version or file for this caller.' },
  408: { description: 'The body came too slowly.' },
  413: { description: 'The body, or what it holds once it is decoded, is over a limit.' },
  415: { description: 'A format, or a coding of the body, that is not known here.' },
  422: { description: 'A file of a known format that cannot be decoded.' },
  426: {
    description: 'This route is for WebSockets; the answer says so by its Upgrade header.',
    headers: ['Upgrade'],
  },
  429: {
    description: 'Too much is asked at once: the queue is full, or the key is over its rate.',
    headers: ['Retry-After'],
  },
  431: { description: 'Too many headers.' },
  500: { description: 'The service failed; its log says why, under the request id.' },
  502: {
    description:
      "The model's component or graph failed, or gave an answer that cannot be; the log says why, under the request id.",
  },
  503: {
    description: 'The service is loading or shutting down, or the model is set aside for its failures.',
    headers: ['Retry-After'],
  },
  504: { description: 'The answer was not there by the deadline.' },
};

/** Every status that a route may refuse with, in order: its own, and those of its path, its body and access checks. */
export function refusalStatuses({ method, path, operation }: Route, { keys }: { keys: boolean }): number[] {
  const codes: ErrorCode[] = ['headers-too-large', 'internal', ...(operation.refusals ?? [])];
  if (!keys) codes.push('forbidden');
  else if (operation.open !== true) codes.push('unauthorized', 'over-capacity');
  // A path parameter may be wrongly percent-encoded.
  if (/[:*]/.test(path)) codes.push('invalid-request');
  if (method === 'post') codes.push('upload-too-slow');
  if (operation.body !== undefined) codes.push('invalid-request', 'input-too-large', 'unsupported-media');
  return [...new Set(codes.map((code) => ERRORS[code].status))].toSorted((a, b) => a - b);
}
