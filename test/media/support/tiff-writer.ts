/** Uncompressed TIFF files of any kind of pixel, as other programs write them. */

export interface TiffKind {
  /** Bits of a sample. */
  bits: number;
  /** 1 unsigned, 2 signed, 3 floating-point. */
  sampleFormat?: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 inks, 6 YCbCr, 8 CIE Lab. */
  photometric: number;
  samples: number;
  /** Each component has its own plane. */
  planar?: boolean;
  /** 1 associated, 2 unassociated alpha. */
  extra?: number;
  /** 3 x 2 ** bits values. */
  palette?: readonly number[];
  bigEndian?: boolean;
  orientation?: number;
}

/** @param value of a sample of a pixel, as its number is stored */
export function tiffFile(
  [width, height]: readonly [number, number],
  kind: TiffKind,
  value: (x: number, y: number, sample: number) => number,
): Buffer {
  const { bits, sampleFormat = 1, photometric, samples, planar = false, extra, palette, orientation } = kind;
  const rowBytes = Math.ceil((width * bits * (planar ? 1 : samples)) / 8);
  const planes = planar ? samples : 1;
  const data = new DataView(new ArrayBuffer(rowBytes * height * planes));
  const little = kind.bigEndian !== true;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let sample = 0; sample < samples; sample++) {
        const row = (planar ? sample * height + y : y) * rowBytes;
        const index = planar ? x : x * samples + sample;
        putSample(data, row, index, value(x, y, sample), { bits, sampleFormat, little });
      }
    }
  }
  const short = (...values: number[]) => ({ type: 3, values });
  const stripBytes = rowBytes * height;
  const dataAt = 8;
  const tags: [number, { type: number; values: readonly number[] }][] = [
    [256, short(width)],
    [257, short(height)],
    [258, short(...Array<number>(samples).fill(bits))],
    [259, short(1)],
    [262, short(photometric)],
    [273, { type: 4, values: Array.from({ length: planes }, (_, plane) => dataAt + plane * stripBytes) }],
    ...(orientation === undefined ? [] : [[274, short(orientation)] as [number, ReturnType<typeof short>]]),
    [277, short(samples)],
    [278, short(height)],
    [279, { type: 4, values: Array<number>(planes).fill(stripBytes) }],
    [284, short(planar ? 2 : 1)],
    ...(palette === undefined
      ? []
      : [[320, { type: 3, values: palette }] as [number, ReturnType<typeof short>]]),
    ...(extra === undefined ? [] : [[338, short(extra)] as [number, ReturnType<typeof short>]]),
    [339, short(...Array<number>(samples).fill(sampleFormat))],
    ...(photometric === 6 ? [[530, short(1, 1)] as [number, ReturnType<typeof short>]] : []),
  ];
  return assemble(new Uint8Array(data.buffer), tags, little);
}

function putSample(
  data: DataView,
  row: number,
  index: number,
  value: number,
  { bits, sampleFormat, little }: { bits: number; sampleFormat: number; little: boolean },
): void {
  const at = row + Math.floor((index * bits) / 8);
  if (bits < 8) {
    const shift = 8 - bits - ((index * bits) % 8);
    data.setUint8(at, data.getUint8(at) | (value << shift));
  } else if (sampleFormat === 3 && bits === 16) data.setFloat16(at, value, little);
  else if (sampleFormat === 3) data[bits === 32 ? 'setFloat32' : 'setFloat64'](at, value, little);
  else if (bits === 8) data.setInt8(at, value);
  else if (bits === 16) data.setInt16(at, value, little);
  else data.setInt32(at, value, little);
}

function assemble(
  data: Uint8Array,
  tags: readonly [number, { type: number; values: readonly number[] }][],
  little: boolean,
): Buffer {
  const dataEnd = 8 + data.length + (data.length % 2);
  const directory = new DataView(new ArrayBuffer(2 + tags.length * 12 + 4));
  directory.setUint16(0, tags.length, little);
  const beside: Uint8Array[] = [];
  let besideAt = dataEnd + directory.byteLength;
  for (const [index, [tag, { type, values }]] of tags.entries()) {
    const entry = 2 + index * 12;
    const size = type === 3 ? 2 : 4;
    directory.setUint16(entry, tag, little);
    directory.setUint16(entry + 2, type, little);
    directory.setUint32(entry + 4, values.length, little);
    const inside = values.length * size <= 4;
    const to = inside ? directory : new DataView(new ArrayBuffer(values.length * size));
    for (const [place, value] of values.entries()) {
      const at = (inside ? entry + 8 : 0) + place * size;
      if (size === 2) to.setUint16(at, value, little);
      else to.setUint32(at, value, little);
    }
    if (inside) continue;
    directory.setUint32(entry + 8, besideAt, little);
    beside.push(new Uint8Array(to.buffer));
    besideAt += to.byteLength;
  }
  const head = new DataView(new ArrayBuffer(8));
  head.setUint16(0, little ? 0x4949 : 0x4d4d);
  head.setUint16(2, 42, little);
  head.setUint32(4, dataEnd, little);
  const parts = [new Uint8Array(head.buffer), data, Buffer.alloc(data.length % 2)];
  return Buffer.concat([...parts, new Uint8Array(directory.buffer), ...beside]);
}
