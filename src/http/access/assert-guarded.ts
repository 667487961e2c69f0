import { BlockList, isIP } from 'node:net';
import type { Settings } from '../../config/settings.ts';
import { invalidConfig } from '../../errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Refuses a port that other machines reach without keys, unless the setting `open` allows it.
 *
 * @throws SandpiperError `invalid-config`, with the remedy.
 */
export function assertGuarded({ host, keys, open }: Pick<Settings, 'host' | 'keys' | 'open'>): void {
  if (keys !== undefined || open || isLoopback(host)) return;
  throw invalidConfig(
    `On host ${host} other machines could ask without a key: give the keys with --keys FILE, ` +
      'or let everybody ask with --open.',
  );
}

/** Names other than localhost do not count: they may resolve to any address. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
