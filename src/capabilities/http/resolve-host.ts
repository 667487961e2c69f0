import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { HttpFailure, toHttpError } from './http-error.ts';

/** All addresses of a name. @throws HttpFailure if there are none */
export type Resolve = (name: string) => Promise<LookupAddress[]>;

const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Asks the name servers directly. The system's resolver would block a thread of libuv's pool, which decodes
 * pictures, for as long as a name server is slow, and could not be cancelled with its request.
 */
const resolver = new Resolver({ timeout: 2_000, tries: 2 });

export async function resolveHost(name: string): Promise<LookupAddress[]> {
  if (name === 'localhost') return LOOPBACK;
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = [
    ...(four.status === 'fulfilled' ? four.value : []).map((address) => ({ address, family: 4 })),
    ...(six.status === 'fulfilled' ? six.value : []).map((address) => ({ address, family: 6 })),
  ];
  if (addresses.length > 0) return addresses;
  throw new HttpFailure(toHttpError(four.status === 'rejected' ? four.reason : undefined));
}
