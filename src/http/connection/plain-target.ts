import type { IncomingMessage } from 'node:http';

/** A scheme and an authority, whatever that holds: it is up to the next slash or question mark. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/**
 * Leaves the path and the query of a target in absolute form (RFC 9112, section 3.2.2). Express answers a target that
 * it cannot parse before any handler sees it, and `http://[/` is one.
 */
export function plainTarget(request: IncomingMessage): void {
  const { url = '' } = request;
  if (!ORIGIN.test(url)) return;
  const rest = url.replace(ORIGIN, '');
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
}
