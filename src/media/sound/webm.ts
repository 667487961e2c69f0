import { readElement, readVint } from './ebml.ts';
import { unusable } from './refusals.ts';
import { lacedFrames } from './webm-lacing.ts';

/** The first audio track of a WebM or Matroska file. */
export interface WebmTrack {
  number: number;
  codec: string;
  /** The codec's own header. */
  setup: Uint8Array;
}

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const BLOCK_GROUP = 0xa0;
const TRACK_NUMBER = 0xd7;
const TRACK_TYPE = 0x83;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const SIMPLE_BLOCK = 0xa3;
const BLOCK = 0xa1;

const AUDIO = 2;

/** Elements whose children are read as if they stood in the parent's place. */
const CONTAINERS = new Set([SEGMENT, CLUSTER, TRACKS, BLOCK_GROUP]);

/**
 * The frames of the first audio track, in order; nothing is copied. One by one, since a hostile file may hold
 * millions of them.
 *
 * @throws SandpiperError `unusable-input`
 */
export function* webmFrames(bytes: Uint8Array): Generator<{ track: WebmTrack; frame: Uint8Array }> {
  let track: WebmTrack | undefined;
  for (let at = 0; at < bytes.byteLength;) {
    const { id, start, end } = readElement(bytes, at);
    if (CONTAINERS.has(id)) {
      // Down into it. Writers of live recordings leave these sizes open, so they are not relied on.
      at = start;
      continue;
    }
    if (end === undefined || end > bytes.byteLength) throw unusable('the WebM file is cut short');
    const body = bytes.subarray(start, end);
    if (id === TRACK_ENTRY) track ??= maybeAudioTrack(body);
    if ((id === SIMPLE_BLOCK || id === BLOCK) && track !== undefined) {
      const number = readVint(body, 0);
      if (number.value === track.number) {
        // Two bytes of time stamp stand between the number and the flags.
        const flags = body[number.next + 2] ?? 0;
        for (const frame of lacedFrames(body.subarray(number.next + 3), flags)) yield { track, frame };
      }
    }
    at = end;
  }
  if (track === undefined) throw unusable('the WebM file has no sound');
}

function maybeAudioTrack(body: Uint8Array): WebmTrack | undefined {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < body.byteLength;) {
    const { id, start, end } = readElement(body, at);
    if (end === undefined || end > body.byteLength) throw unusable('the header of the WebM file is damaged');
    found.set(id, body.subarray(start, end));
    at = end;
  }
  const whole = (id: number) =>
    (found.get(id) ?? new Uint8Array()).reduce((sum, byte) => sum * 256 + byte, 0);
  if (whole(TRACK_TYPE) !== AUDIO) return undefined;
  return {
    number: whole(TRACK_NUMBER),
    codec: Buffer.from(found.get(CODEC_ID) ?? []).toString('latin1'),
    setup: found.get(CODEC_PRIVATE) ?? new Uint8Array(),
  };
}
