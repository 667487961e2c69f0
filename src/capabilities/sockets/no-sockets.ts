/**
 * wasi:sockets for components whose toolchain imports it in any case: it links, and every use is refused.
 */
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { err } from '../host/result.ts';

/** The one resource that can be had: a network to which nothing gives access. */
class Network {
  readonly #handles: WasiHost['handles'];

  constructor(handles: WasiHost['handles']) {
    handles.add();
    this.#handles = handles;
  }

  [Symbol.dispose](): void {
    this.#handles.remove();
  }
}

/** The class of resources of which none is ever made. */
function NeverMade(): void {}

const denied = () => err('access-denied');

export function makeNoSockets({ handles }: Pick<WasiHost, 'handles'>): WasiPart {
  return {
    imports: {
      'wasi:sockets/network': { Network, networkErrorCode: () => undefined },
      'wasi:sockets/instance-network': { instanceNetwork: () => new Network(handles) },
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
