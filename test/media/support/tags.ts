/** Tags that programs put around sounds. */
import type { Random } from '../../fuzz/random.ts';

/** ID3v2 with one frame of text. `padding` is inside of the tag, `footer` repeats its header behind it (2.4). */
export function id3v2({ text = 'A title', padding = 0, footer = false } = {}): Buffer {
  const content = Buffer.from(`\0${text}`);
  const frame = Buffer.concat([Buffer.from('TIT2'), syncsafe(content.byteLength), Buffer.alloc(2), content]);
  const body = Buffer.concat([frame, Buffer.alloc(padding)]);
  const head = (id: string) =>
    Buffer.concat([
      Buffer.from(id),
      Buffer.of(footer ? 4 : 3, 0, footer ? 0x10 : 0),
      syncsafe(body.byteLength),
    ]);
  return Buffer.concat([head('ID3'), body, footer ? head('3DI') : Buffer.alloc(0)]);
}

export function id3v1(text = 'A title'): Buffer {
  return Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, text.padEnd(30, '\0'))]);
}

/** APEv2 with header and footer. */
export function apeV2(value = 'A title'): Buffer {
  const item = Buffer.concat([uint32(value.length), uint32(0), Buffer.from(`Title\0${value}`)]);
  const edge = (flags: number) =>
    Buffer.concat([
      Buffer.from('APETAGEX'),
      ...[2_000, item.byteLength + 32, 1, flags].map(uint32),
      Buffer.alloc(8),
    ]);
  return Buffer.concat([edge(0xa000_0000), item, edge(0x8000_0000)]);
}

export function lyrics3(text = 'Words and words'): Buffer {
  const body = `LYRICSBEGINLYR${String(text.length).padStart(5, '0')}${text}`;
  return Buffer.from(`${body}${String(body.length).padStart(6, '0')}LYRICS200`);
}

export function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

function syncsafe(value: number): Buffer {
  return Buffer.from([21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
