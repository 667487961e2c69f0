import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isAddress, parseOrigin } from '../../config/host-pattern.ts';
import type { Settings } from '../../config/settings.ts';
import { SandpiperError } from '../../errors.ts';
import { isLoopback } from './assert-guarded.ts';

/**
 * Where no key is asked for, being on the same machine is what lets a client in, and every web page that a
 * browser shows on that machine would be let in with it. Two things give pages away: the Origin that browsers
 * add to what they send for a page of another site, and, for a page whose own name was made to lead here
 * (DNS rebinding), that name in Host. Programs send no Origin and name the host by its address.
 */
export function refuseForeignPages({
  host,
  open,
  corsOrigins,
}: Pick<Settings, 'host' | 'open' | 'corsOrigins'>): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const { remoteAddress } = request.socket;
    // A server that this is mounted in may listen anywhere. A socket of the file system has no address.
    if (!open && remoteAddress !== undefined && !isLoopback(remoteAddress)) {
      throw new SandpiperError(
        'forbidden',
        'This service answers its own machine alone: its operator can give keys to others, or open it.',
      );
    }
    const { host: authority } = request.headers;
    if (!open && authority !== undefined && !namesThisHost(authority, host)) {
      throw new SandpiperError(
        'forbidden',
        `This service does not answer to the Host of this request: use its address, or localhost.`,
      );
    }
    assertKnownOrigin(request, corsOrigins);
    next();
  };
}

/**
 * Where keys are asked for, browsers themselves keep what is answered from foreign pages; of WebSockets they do not.
 */
export function refuseForeignSockets({ corsOrigins }: Pick<Settings, 'corsOrigins'>): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    if (request.headers.upgrade !== undefined) assertKnownOrigin(request, corsOrigins);
    next();
  };
}

/** @throws SandpiperError `forbidden` for a page that is neither our own nor one that the operator allows */
function assertKnownOrigin({ headers }: Request, corsOrigins: readonly string[]): void {
  const { origin, host: authority } = headers;
  const ownPage = origin === `http://${authority}` || origin === `https://${authority}`;
  if (origin === undefined || ownPage || corsOrigins.includes('*') || corsOrigins.includes(origin)) return;
  throw new SandpiperError(
    'forbidden',
    'This service takes no requests from pages of this origin: its operator can allow it by the setting corsOrigins.',
  );
}

/** An address cannot be rebound: only a name can be made to lead elsewhere. */
function namesThisHost(authority: string, listensOn: string): boolean {
  const host = parseOrigin('http', authority)?.host;
  if (host === undefined) return false;
  return (
    isAddress(host) || host === 'localhost' || host.endsWith('.localhost') || host === listensOn.toLowerCase()
  );
}
