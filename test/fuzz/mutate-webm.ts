/** Damage to WebM files that keeps them trees of elements: lost, doubled, moved, renamed, resized and laced anyhow. */
import { readElement } from '../../src/media/sound/ebml.ts';
import type { Random } from './random.ts';

const PARENTS = new Set([0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0, 0x6d80, 0x6240, 0x5034]);
const IDS = [
  ...PARENTS,
  0xd7,
  0x83,
  0x86,
  0x63a2,
  0xa3,
  0xa1,
  0xec,
  0xe7,
  0x75a2,
  0x4254,
  0x4255,
  0x1a45dfa3,
];
const BLOCKS = new Set([0xa3, 0xa1]);
const SIZES = [0, 1, 2, 0x7e, 0x7f, 0x3fff, 0xffff_ffff, 2 ** 53 - 1];

interface Node {
  id: number;
  children?: Node[];
  body: Buffer;
  /** In place of the one that it has. */
  size?: number;
}

export function mutateWebm(original: Uint8Array, random: Random): Buffer {
  // Without the header it would be no WebM.
  const [header, ...roots] = parse(Buffer.from(original));
  for (let left = 1 + random.below(5); left > 0; left--) change(roots, random);
  return Buffer.concat([...(header === undefined ? [] : [header]), ...roots].map(written));
}

function parse(bytes: Buffer): Node[] {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const { id, start, end = bytes.length } = readElement(bytes, at);
    const body = bytes.subarray(start, end);
    nodes.push(PARENTS.has(id) ? { id, body, children: parse(body) } : { id, body });
    at = end;
  }
  return nodes;
}

function change(roots: Node[], random: Random): void {
  let siblings = roots;
  let index = random.below(siblings.length);
  // Somewhere down the tree, its top more seldom than its leaves.
  while ((siblings[index]?.children?.length ?? 0) > 0 && random.below(5) > 0) {
    siblings = siblings[index]?.children ?? [];
    index = random.below(siblings.length);
  }
  const node = siblings[index];
  if (node === undefined) return;
  switch (random.below(8)) {
    case 0:
      siblings.splice(index, 1);
      break;
    case 1:
      siblings.splice(index, 0, ...Array<Node>(1 + random.below(20)).fill(node));
      break;
    case 2:
      node.id = random.pick(IDS);
      break;
    case 3:
      node.size = random.pick([...SIZES, random.below(300)]);
      break;
    case 4:
      siblings[index] = { id: random.pick(IDS), body: node.body, children: [node] };
      break;
    default:
      changeBody(node, random);
  }
}

/** Changes a block's track, flags or sizes of frames, or any byte of another element. */
function changeBody(node: Node, random: Random): void {
  const body = Buffer.from(node.body);
  const most = BLOCKS.has(node.id) && random.below(3) > 0 ? Math.min(12, body.length) : body.length;
  if (most === 0) return;
  body[random.below(most)] = random.pick([0, 1, 2, 4, 6, 0x7f, 0x80, 0x81, 0xff, random.below(256)]);
  node.body = body;
  if (node.children !== undefined && random.below(2) === 0) delete node.children;
}

function written({ id, children, body, size }: Node): Buffer {
  const content = children === undefined ? body : Buffer.concat(children.map(written));
  const digits = id.toString(16);
  const head = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE((1n << 56n) | (BigInt(size ?? content.length) & (2n ** 56n - 1n)));
  return Buffer.concat([head, length, content]);
}
