/** Headers of the connection. The host owns the connection: a component can neither set nor send them. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Some servers read `_` as `-`: a length in that spelling would be a second one. */
export function isConnectionHeader(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return CONNECTION_HEADERS.has(plain) || (plain === 'content-length' && name.includes('_'));
}
