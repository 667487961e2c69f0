import { Resource } from '../host/resource.ts';
import { parseOrigin } from '../../config/host-pattern.ts';
import { err, ok, type Result } from '../host/result.ts';
import type { StreamHost } from '../host/sleeper.ts';
import { Fields } from './fields.ts';
import { HttpFailure } from './http-error.ts';
import { BodyPipe, OutgoingBody, type CountSent } from './outgoing-body.ts';

type Method = { tag: string; val?: string };
type Scheme = { tag: 'HTTP' | 'HTTPS' } | { tag: 'other'; val: string };
type Done = Result<undefined, undefined>;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const PATH = /^\/[\x21\x22\x24-\x7e]*$/;
/** A tunnel would bypass all checks here. A server may take TRACE to have no body, and read one as a request. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

export class OutgoingRequest extends Resource {
  readonly #headers: Fields;
  readonly #pipe: BodyPipe;
  #bodyTaken = false;
  #method: Method = { tag: 'get' };
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #path: string | undefined;

  constructor(host: StreamHost, headers: Fields, countSent: CountSent) {
    super(host);
    this.#headers = headers;
    this.#pipe = new BodyPipe(countSent);
  }

  body(): Result<OutgoingBody, undefined> {
    if (this.#bodyTaken) return err(undefined);
    this.#bodyTaken = true;
    return ok(new OutgoingBody(this.host, this.#pipe));
  }

  method(): Method {
    return this.#method;
  }

  setMethod(method: Method): Done {
    if (method.tag === 'other' && !TOKEN.test(method.val ?? '')) return err(undefined);
    this.#method = method;
    return ok();
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): Done {
    if (path !== undefined && path !== '' && !PATH.test(path)) return err(undefined);
    this.#path = path;
    return ok();
  }

  scheme(): Scheme | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Scheme | undefined): Done {
    if (scheme?.tag === 'other' && !TOKEN.test(scheme.val)) return err(undefined);
    this.#scheme = scheme;
    return ok();
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): Done {
    if (authority !== undefined && parseOrigin('https', authority) === undefined) return err(undefined);
    this.#authority = authority;
    return ok();
  }

  headers(): Fields {
    return new Fields(this.host, this.#headers.entries(), true);
  }

  /** Takes the request's parts when it is given to the handler, after which it is used no more. */
  static take(request: OutgoingRequest) {
    request[Symbol.dispose]();
    if (!request.#bodyTaken) request.#pipe.finish();
    const { tag, val } = request.#method;
    const method = (val ?? tag).toUpperCase();
    if (REFUSED_METHODS.has(method)) throw new HttpFailure({ tag: 'HTTP-request-method-invalid' });
    const scheme = request.#scheme?.tag ?? 'HTTPS';
    const origin =
      scheme === 'other'
        ? undefined
        : parseOrigin(scheme === 'HTTP' ? 'http' : 'https', request.#authority ?? '');
    if (origin === undefined) throw new HttpFailure({ tag: 'HTTP-request-URI-invalid' });
    const path = request.#path === undefined || request.#path === '' ? '/' : request.#path;
    return { method, origin, path, fields: request.#headers, pipe: request.#pipe };
  }

  protected override onDrop(): void {
    this.#headers[Symbol.dispose]();
  }
}
