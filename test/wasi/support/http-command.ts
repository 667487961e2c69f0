/** What the guest in test/guests/wasi-http is asked, and its answers. */

export interface Asked {
  method?: string;
  scheme?: string;
  authority: string;
  path?: string;
  timeout?: string;
  /** `name: value`, of a trailer `+name: value`; `\v` stands for a line feed, here and in the other lines. */
  headers?: string[];
  body?: string;
}

export function commandOf(asked: Asked): string {
  const { method = 'GET', scheme = 'http', authority, path = '/echo', timeout = '-' } = asked;
  return [method, scheme, authority, path, timeout, ...(asked.headers ?? []), '', asked.body ?? ''].join(
    '\n',
  );
}

/** Positions in wasi:http's `error-code`. */
export const ERROR = {
  connectionTerminated: 7,
  requestDenied: 15,
  requestBodySize: 17,
  methodInvalid: 18,
  responseBodySize: 28,
  responseTimeout: 33,
  upgradeFailed: 34,
  protocolError: 35,
  internalError: 38,
};
