import { describe, expect, it } from 'vitest';
import { RecycledMemories } from '../../../src/sandbox/guest/recycled-memories.ts';

const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
const wanted = { initial: 1, maximum: 3 };

describe('The memory of an instance that is over', () => {
  it('is given to the next instance of its module, all zeros', () => {
    const memories = new RecycledMemories();
    const first = memories.take(module, wanted);
    new Uint8Array(first.buffer).fill(7);
    memories.giveBack(module, first, wanted);
    expect(memories.take(module, wanted)).toBe(first);
    expect(new Uint8Array(first.buffer).every((byte) => byte === 0)).toBe(true);
    expect(memories.take(module, wanted)).not.toBe(first);
  });

  it('is not used again once it has grown, which the next instance could see', () => {
    const memories = new RecycledMemories();
    const grown = memories.take(module, wanted);
    grown.grow(1);
    memories.giveBack(module, grown, wanted);
    expect(memories.take(module, wanted)).not.toBe(grown);
  });

  it('is forgotten when memory is to be given back', () => {
    const memories = new RecycledMemories();
    const first = memories.take(module, wanted);
    memories.giveBack(module, first, wanted);
    memories.clear();
    expect(memories.take(module, wanted)).not.toBe(first);
  });
});
