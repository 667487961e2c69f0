/** Ogg pages that tests make; their checksums are zero, which no reader here looks at. */

/** Pages of one stream, of up to 255 lacing values each. */
export function oggStream(packets: readonly Uint8Array[], { serial = 1, granule = 0 } = {}): Buffer {
  const pages: Buffer[] = [];
  let laces: number[] = [];
  let bodies: Uint8Array[] = [];
  const close = (last: boolean) => {
    pages.push(
      oggPage(laces, bodies, { serial, granule, flags: (pages.length === 0 ? 2 : 0) | (last ? 4 : 0) }),
    );
    laces = [];
    bodies = [];
  };
  packets.forEach((packet, index) => {
    const own = [...Array<number>(Math.floor(packet.byteLength / 255)).fill(255), packet.byteLength % 255];
    // Headers stand on pages of their own, and so does nothing that is longer than a page.
    if (laces.length + own.length > 255 || index <= 2) close(false);
    laces.push(...own);
    bodies.push(packet);
  });
  close(true);
  const whole = pages.filter((page) => page.length > 27);
  for (const [number, page] of whole.entries()) page.writeUInt32LE(number, 18);
  return Buffer.concat(whole);
}

/** Pages of one packet of any length; none of them is the stream's first or last. */
export function oggPacket(packet: Uint8Array, serial: number): Buffer {
  const pages: Buffer[] = [];
  for (let at = 0; at <= packet.byteLength; at += 255 * 255) {
    const body = packet.subarray(at, at + 255 * 255);
    const laces = Array<number>(Math.floor(body.byteLength / 255)).fill(255);
    if (laces.length < 255) laces.push(body.byteLength % 255);
    pages.push(oggPage(laces, [body], { serial, granule: 0, flags: at === 0 ? 0 : 1 }));
  }
  return Buffer.concat(pages);
}

function oggPage(
  laces: readonly number[],
  bodies: readonly Uint8Array[],
  { serial, granule, flags }: { serial: number; granule: number; flags: number },
): Buffer {
  const head = Buffer.alloc(27);
  head.write('OggS');
  head.writeUInt8(flags, 5);
  head.writeBigInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(serial, 14);
  head.writeUInt8(laces.length, 26);
  return Buffer.concat([head, Buffer.from(laces), ...bodies]);
}
