/** Which IP addresses lie outside: what a component reaches by a host's name must be one of them. */
import { BlockList, isIPv6 } from 'node:net';

/**
 * Networks of the machine, its site, and special ones. IPv4 rules cover IPv4-mapped IPv6 addresses as well; other
 * ways to carry an IPv4 address in an IPv6 one are listed whole.
 */
const INSIDE: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const inside = new BlockList();
for (const [network, prefix] of INSIDE) {
  inside.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
}

export function isPublicAddress(address: string): boolean {
  return !inside.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
