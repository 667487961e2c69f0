/** A pattern of hosts that a component may reach: `api.example.com`, `*.example.com:8443`, `http://127.0.0.1:8080`. */

export interface HostPattern {
  scheme: 'http' | 'https';
  /** Canonical: lower case, ASCII, an IPv6 address in brackets; without the leading `*.` of a wildcard. */
  host: string;
  port: number;
  /** Any subdomain of `host`, but not `host` itself. */
  wildcard: boolean;
}

export type Origin = Omit<HostPattern, 'wildcard'>;

const DEFAULT_PORT = { http: 80, https: 443 } as const;

const PATTERN = /^(?:(?<scheme>https?):\/\/)?(?<wildcard>\*\.)?(?<authority>[^/?#@*\\\s]+)$/;

/** Parses a pattern, https by default; undefined if it is none. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const { scheme = 'https', wildcard, authority = '' } = PATTERN.exec(text)?.groups ?? {};
  const origin = parseOrigin(scheme === 'http' ? 'http' : 'https', authority);
  if (origin === undefined) return undefined;
  if (wildcard !== undefined && isAddress(origin.host)) return undefined;
  return { ...origin, wildcard: wildcard !== undefined };
}

/**
 * The canonical form of an authority, `host` or `host:port`: names in lower case, and every spelling of an
 * IP address (`127.1`, `0x7f000001`) as the address itself. Undefined if the text is no authority.
 */
export function parseOrigin(scheme: Origin['scheme'], authority: string): Origin | undefined {
  if (authority === '' || /[/?#@\\\s]/.test(authority)) return undefined;
  const url = URL.parse(`${scheme}://${authority}/`);
  if (url === null || url.hostname === '' || url.port === '0') return undefined;
  const host = url.hostname.endsWith('.') ? url.hostname.slice(0, -1) : url.hostname;
  return { scheme, host, port: url.port === '' ? DEFAULT_PORT[scheme] : Number(url.port) };
}

export function matchesHost(pattern: HostPattern, { scheme, host, port }: Origin): boolean {
  if (pattern.scheme !== scheme || pattern.port !== port) return false;
  return pattern.wildcard ? host.endsWith(`.${pattern.host}`) : host === pattern.host;
}

export function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
