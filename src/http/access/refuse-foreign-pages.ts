import type { Request, RequestHandler } from 'express';
import { isAddress, parseOrigin } from '../../config/host-pattern.ts';
import type { Settings } from '../../config/settings.ts';
import { SandpiperError } from '../../errors.ts';
import { isLoopback } from './assert-guarded.ts';

/**
 * Without keys every client on the same machine is admitted, and so would be every web page in a browser there. Two
 * headers identify pages: Origin, which browsers add for a page of another site, and Host, which holds the page's name
 * if that name was made to resolve to this machine (DNS rebinding). Programs send no Origin and use the address as Host.
 */
export function refuseForeignPages({ host, open, corsOrigins }: Settings): RequestHandler {
  return (request, _response, next) => {
    const { remoteAddress } = request.socket;
    // An embedder's server may listen on any address. A Unix socket has none.
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

/** With keys, browsers withhold answers from foreign pages (CORS), but not messages of WebSockets. */
export function refuseForeignSockets({ corsOrigins }: Settings): RequestHandler {
  return (request, _response, next) => {
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

/** Whether Host is safe from DNS rebinding: an address, or the name that the service listens on. */
function namesThisHost(authority: string, listensOn: string): boolean {
  const host = parseOrigin('http', authority)?.host;
  if (host === undefined) return false;
  return (
    isAddress(host) || host === 'localhost' || host.endsWith('.localhost') || host === listensOn.toLowerCase()
  );
}
