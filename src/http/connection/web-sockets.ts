/**
 * Requests that ask for a WebSocket: they pass the same handlers as all others, and the one that takes them gets a
 * socket.
 *
 * Guarantees: what any handler refuses is answered as HTTP. A request counts as one that is under way until its socket
 * is closed. Ownership: {@link UpgradeDoor.close} ends the sockets that are left.
 */
import { ServerResponse, type IncomingMessage, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { invalidRequest } from '../../errors.ts';

interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** Whether the request asks for a WebSocket that can be given. */
export function isUpgrade(request: IncomingMessage): boolean {
  return upgrades.has(request);
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The way of upgrades into a server. */
export interface UpgradeDoor {
  readonly listener: UpgradeListener;
  /** Closes what is still open. */
  close(): void;
}

/** Requests whose `Upgrade` is not for a WebSocket are served as if they had none. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** @param serve answers the requests, or opens their sockets */
export function openUpgradeDoor(serve: RequestListener): UpgradeDoor {
  const open = new Set<Duplex>();
  const listener: UpgradeListener = (request, socket, head) => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    try {
      response.assignSocket(request.socket);
    } catch {
      // An answer that it asked for before is still on its way.
      socket.destroy();
      return;
    }
    response.once('finish', () => socket.end());
    upgrades.set(request, { socket, head });
    serve(request, response);
  };
  return { listener, close: () => open.forEach((socket) => socket.destroy()) };
}

export interface SocketOptions {
  /** Bytes of one message. */
  maxPayload: number;
  /** The subprotocols among those offered that this service speaks. */
  protocols: readonly string[];
}

/** A WebSocket on the connection of a request. @throws SandpiperError `invalid-request` for another handshake */
export async function openSocket(
  request: IncomingMessage,
  { maxPayload, protocols }: SocketOptions,
): Promise<WebSocket> {
  const upgrade = upgrades.get(request);
  if (upgrade === undefined) throw new TypeError('This request asks for no WebSocket.');
  const server = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    // One message a turn of the event loop: one read may bring thousands of short ones.
    allowSynchronousEvents: false,
    clientTracking: false,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  const { socket, head } = upgrade;
  return new Promise((resolve, reject) => {
    server.once('wsClientError', ({ message }: Error) =>
      reject(invalidRequest(`The WebSocket cannot be opened: ${message}; version 13 is spoken here.`)),
    );
    server.handleUpgrade(request, socket, head, resolve);
  });
}
