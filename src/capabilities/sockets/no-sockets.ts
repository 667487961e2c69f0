/** wasi:sockets for components whose toolchain always imports it: it links, and every use is refused. */
import { Resource } from '../host/resource.ts';
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { err } from '../host/result.ts';

/** The only resource that can be obtained: a network that gives access to nothing. */
class Network extends Resource<Pick<WasiHost, 'handles'>> {}

/** Class of resources that never exist. */
function NeverMade(): void {}

const denied = () => err('access-denied');

export function makeNoSockets(host: Pick<WasiHost, 'handles'>): WasiPart {
  return {
    imports: {
      'wasi:sockets/network': { Network, networkErrorCode: () => undefined },
      'wasi:sockets/instance-network': { instanceNetwork: () => new Network(host) },
      'wasi:sockets/ip-name-lookup': { ResolveAddressStream: NeverMade, resolveAddresses: denied },
      'wasi:sockets/tcp': { TcpSocket: NeverMade },
      'wasi:sockets/tcp-create-socket': { createTcpSocket: denied },
      'wasi:sockets/udp': {
        UdpSocket: NeverMade,
        IncomingDatagramStream: NeverMade,
        OutgoingDatagramStream: NeverMade,
      },
      'wasi:sockets/udp-create-socket': { createUdpSocket: denied },
    },
  };
}
