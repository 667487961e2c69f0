/** wasi:http's `error-code`, as far as it occurs here, and its mapping from Node's errors. */
import { messageOf } from '../../errors.ts';

export type HttpError =
  | { tag: 'DNS-error'; val: { rcode: string | undefined; infoCode: number | undefined } }
  | { tag: 'HTTP-request-body-size' | 'HTTP-response-body-size'; val: bigint | undefined }
  | { tag: 'internal-error'; val: string | undefined }
  | {
      tag:
        | 'DNS-timeout'
        | 'HTTP-protocol-error'
        | 'HTTP-request-URI-invalid'
        | 'HTTP-request-denied'
        | 'HTTP-request-method-invalid'
        | 'HTTP-response-timeout'
        | 'HTTP-upgrade-failed'
        | 'TLS-certificate-error'
        | 'TLS-protocol-error'
        | 'connection-limit-reached'
        | 'connection-read-timeout'
        | 'connection-refused'
        | 'connection-terminated'
        | 'connection-timeout'
        | 'destination-IP-prohibited'
        | 'destination-unavailable';
    };

/** A failure with its wasi:http error code. */
export class HttpFailure extends Error {
  readonly error: HttpError;

  constructor(error: HttpError) {
    super(error.tag);
    this.error = error;
  }
}

const BY_CODE: readonly [pattern: RegExp, error: HttpError][] = [
  [/^ENOTFOUND$/, { tag: 'DNS-error', val: { rcode: 'NXDOMAIN', infoCode: undefined } }],
  [/^ENODATA$/, { tag: 'DNS-error', val: { rcode: 'NOERROR', infoCode: undefined } }],
  [/^ESERVFAIL$/, { tag: 'DNS-error', val: { rcode: 'SERVFAIL', infoCode: undefined } }],
  [/^E(DNS)?TIMEOUT$/, { tag: 'DNS-timeout' }],
  [/^ECONNREFUSED$/, { tag: 'connection-refused' }],
  [/^(ECONNRESET|EPIPE)$/, { tag: 'connection-terminated' }],
  [/^ETIMEDOUT$/, { tag: 'connection-timeout' }],
  [/^E(HOST|NET)UNREACH$/, { tag: 'destination-unavailable' }],
  [/CERT|UNABLE_TO_(VERIFY|GET)/, { tag: 'TLS-certificate-error' }],
  [/^(ERR_SSL|ERR_TLS|EPROTO)/, { tag: 'TLS-protocol-error' }],
  [/^HPE_/, { tag: 'HTTP-protocol-error' }],
];

/** Maps to the kind only: messages of the host's errors may contain its addresses. */
export function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof HttpFailure) return thrown.error;
  const code = (thrown as NodeJS.ErrnoException | null)?.code ?? messageOf(thrown);
  const [, error] = BY_CODE.find(([pattern]) => pattern.test(code)) ?? [];
  return error ?? { tag: 'internal-error', val: undefined };
}
