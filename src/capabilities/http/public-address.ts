/** Which IP addresses are public: a host name that a component may reach must resolve to one of them. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Networks of the machine and its site, and special-purpose ones. */
const INSIDE_IPV4: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's services for the machine itself, which hand out its certificates and extensions.
  ['168.63.129.16', 32],
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
];

/** IPv6 addresses that embed an IPv4 one count as inside: no public name needs them. */
const INSIDE_IPV6: readonly [network: string, prefix: number][] = [
  // Unspecified, loopback, and IPv4-compatible.
  ['::', 96],
  // IPv4-mapped and IPv4-translated.
  ['::ffff:0:0', 96],
  ['::ffff:0:0:0', 96],
  // NAT64.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['100:0:0:1::', 64],
  // Teredo and other assignments of protocols.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4.
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

// Two lists: in a common one, `::ffff:0:0/96` would match every IPv4 address.
const insideIPv4 = new BlockList();
for (const [network, prefix] of INSIDE_IPV4) insideIPv4.addSubnet(network, prefix, 'ipv4');
const insideIPv6 = new BlockList();
for (const [network, prefix] of INSIDE_IPV6) insideIPv6.addSubnet(network, prefix, 'ipv6');

/** @returns false also for text that is no IP address */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !insideIPv4.check(address, 'ipv4');
  return isIPv6(address) && !insideIPv6.check(address, 'ipv6');
}
