/** Headers that belong to the connection, which is the host's: in lower case. A component can neither set nor send them. */
export const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
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
