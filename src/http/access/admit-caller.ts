import type { Request, RequestHandler } from 'express';
import { SandpiperError } from '../../errors.ts';
import { contextOf } from '../exchange/request-context.ts';
import { ANONYMOUS, type Caller } from '../../access/caller.ts';
import type { KeyRing } from '../../access/key-ring.ts';

/** Paths for probes, browsers and client generators, which have no keys. Their answers name no model. */
const OPEN_PATH = /^\/(v2\/health\/(live|ready)|openapi\.json|docs|page\/[\w-]+\.(css|js|svg))\/?$/;

/**
 * Identifies the caller by its key: 401 without a known key, 429 over its rate. Without a key ring everybody is the
 * same caller.
 */
export function admitCaller(keys: KeyRing | undefined, everybody: Caller): RequestHandler {
  return (request, response, next) => {
    const context = contextOf(response);
    if (keys === undefined) context.caller = everybody;
    else if (OPEN_PATH.test(request.path)) context.caller = knownCaller(request, keys) ?? ANONYMOUS;
    else {
      context.caller = callerOf(request, keys);
      takeFromRate(context.caller);
    }
    next();
  };
}

/** A 401 with its `WWW-Authenticate` challenge (RFC 6750). */
export class Unauthorized extends SandpiperError {
  readonly challenge: string;

  constructor(message: string, parameters = '') {
    super('unauthorized', message);
    this.challenge = `Bearer realm="sandpiper"${parameters}`;
  }
}

/** The caller of a request that needs no key; undefined without a known key. */
function knownCaller(request: Request, keys: KeyRing): Caller | undefined {
  const key = keyIn(request.get('authorization'));
  return key === undefined ? undefined : keys.find(key);
}

function keyIn(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** Browsers cannot add headers to a WebSocket: OpenAI's clients then offer their key as a subprotocol. */
function keyInProtocols(request: Request): string | undefined {
  if (request.get('upgrade') === undefined) return undefined;
  const offered = request.get('sec-websocket-protocol') ?? '';
  return /(?:^|,)\s*openai-insecure-api-key\.([^\s,]+)/.exec(offered)?.[1];
}

function callerOf(request: Request, keys: KeyRing): Caller {
  const header = request.get('authorization');
  const key = header === undefined ? keyInProtocols(request) : keyIn(header);
  if (key === undefined) {
    throw new Unauthorized(
      header === undefined
        ? 'This service asks for a key: send it as "Authorization: Bearer <key>".'
        : 'The Authorization header holds no bearer key: expected "Bearer <key>".',
    );
  }
  const caller = keys.find(key);
  if (caller === undefined) throw new Unauthorized('This key is not known here.', ', error="invalid_token"');
  return caller;
}

function takeFromRate({ rate }: Caller): void {
  const waitMs = rate?.take(performance.now()) ?? 0;
  if (rate === undefined || waitMs === 0) return;
  const requests = rate.rate.requestsPerMinute;
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  const message = `This key may ask ${requests} times a minute: try again in ${retryAfterSeconds} s.`;
  throw new SandpiperError('over-capacity', message, { retryAfterSeconds });
}
