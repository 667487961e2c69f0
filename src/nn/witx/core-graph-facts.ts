/**
 * `sandpiper_graph_facts`: facts of a graph, for modules of either core ABI.
 *
 * One call writes `facts` of wit/graph-facts.wit into a buffer of the guest in the memory layout of the canonical ABI,
 * so that the guest reads the structures that wit-bindgen generates for the interface.
 */
import { TENSOR_TYPES } from '../../element-types.ts';
import { toWitFacts, type WitFacts } from '../wit-facts.ts';
import { NnFailure } from '../nn-error.ts';
import type { CoreNn } from './core-nn.ts';
import { errnoOf } from './nn-errno.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { CoreFunction } from './wasi-ephemeral-nn.ts';

/** Alignment of the buffer, for the `u64` of a dimension. */
const ALIGNMENT = 8;

/** @param explain logs why a call was refused, which an errno cannot express */
export function coreGraphFacts(nn: CoreNn, memory: GuestMemory, explain: (message: string) => void) {
  return {
    /** Writes `needed` even if the buffer is too small, so that a guest can call with an empty one first. */
    describe: (graph: number, buffer: number, size: number, needed: number) =>
      errnoOf(() => {
        memory.u32(needed);
        const facts = toWitFacts(nn.graphs.get(graph).facts);
        const bytes = layOut(facts);
        memory.setU32(needed, bytes);
        if (bytes > size >>> 0) {
          throw new NnFailure(
            'too-large',
            `The facts take ${bytes} bytes, and the buffer has ${size >>> 0}.`,
          );
        }
        if (buffer % ALIGNMENT !== 0) {
          throw new NnFailure(
            'invalid-argument',
            `The buffer for facts must begin at a multiple of ${ALIGNMENT}.`,
          );
        }
        layOut(facts, { view: memory.view(buffer, bytes), base: buffer >>> 0 });
      }, explain),
  } satisfies Record<string, CoreFunction>;
}

/** Sizes of the canonical ABI's structures in bytes. */
const BYTES = { facts: 24, port: 36, dimension: 16, property: 16 };

/** @returns the size of the facts in bytes; without a target they are only measured */
function layOut({ inputs, outputs, metadata }: WitFacts, target?: { view: DataView; base: number }): number {
  let used = BYTES.facts;
  const set = (at: number, value: number) => target?.view.setUint32(at, value, true);
  const tag = (at: number, value: number) => target?.view.setUint8(at, value);
  /** Allocates `bytes` and writes their pointer and `length` at `at`. @returns the offset of the bytes */
  const point = (at: number, length: number, bytes: number): number => {
    const start = used;
    used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    set(at, (target?.base ?? 0) + start);
    set(at + 4, length);
    return start;
  };
  const text = (at: number, value: string) => {
    const bytes = Buffer.byteLength(value);
    const start = point(at, bytes, bytes);
    if (target === undefined) return;
    const { buffer, byteOffset } = target.view;
    new TextEncoder().encodeInto(value, new Uint8Array(buffer, byteOffset + start, bytes));
  };
  const list = <T>(at: number, items: readonly T[], bytes: number, put: (at: number, item: T) => void) => {
    const start = point(at, items.length, items.length * bytes);
    items.forEach((item, i) => put(start + i * bytes, item));
  };
  const ports = (at: number, all: WitFacts['inputs']) =>
    list(at, all, BYTES.port, (port, { name, ty, elementType, dimensions, optional }) => {
      text(port, name);
      tag(port + 8, ty === undefined ? 0 : 1);
      tag(port + 9, ty === undefined ? 0 : TENSOR_TYPES.indexOf(ty));
      text(port + 12, elementType);
      tag(port + 20, dimensions === undefined ? 0 : 1);
      list(port + 24, dimensions ?? [], BYTES.dimension, (dimension, each) => {
        tag(dimension, DIMENSION_TAGS[each.tag]);
        if (each.tag === 'fixed') target?.view.setBigUint64(dimension + 8, each.val, true);
        if (each.tag === 'named') text(dimension + 8, each.val);
      });
      tag(port + 32, optional ? 1 : 0);
    });
  ports(0, inputs);
  ports(8, outputs);
  list(16, metadata, BYTES.property, (property, [key, value]) => {
    text(property, key);
    text(property + 8, value);
  });
  return used;
}

/** Cases of the variant, in the order of the WIT. */
const DIMENSION_TAGS = { fixed: 0, named: 1, unknown: 2 } as const;
