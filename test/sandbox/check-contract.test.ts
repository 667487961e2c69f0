import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { readContract } from '../../components/world.ts';
import { translateComponent } from '../../src/sandbox/component/translate-component.ts';

const WORLD = 'world attack { include image-classifier; import sound; }';

describe('The types that a component states', () => {
  it('are taken where they are those of the contract', async () => {
    const { exports } = await translateComponent(await componentOf((contract) => contract));
    expect(exports).toEqual(['sandpiper:inference/image-classification@0.1.0']);
  });

  // All of these are one type to JavaScript: a number.
  it.each([
    ['a number that it gives', 'index: u32,', 'index: f64,'],
    ['another', 'score: f32,', 'score: f64,'],
    ['a number that it takes', 'top-k: option<u32>,', 'top-k: option<s32>,'],
    ['a number that it asks for', 'crop-fraction: f32,', 'crop-fraction: s8,'],
    ['a size in pixels', 'width: u32,', 'width: u16,'],
  ])('are refused where %s has another type', async (_, ours, theirs) => {
    const component = await componentOf((contract) => contract.replace(ours, theirs));
    await expect(translateComponent(component)).rejects.toThrow(
      /its interface sandpiper:\S+ is not the contract's \(.*primitive/,
    );
  });

  it('are refused where the component exports a part of what it should', async () => {
    const component = await componentOf((contract) => contract.replace(/^ *classify: func.*$/m, ''));
    await expect(translateComponent(component)).rejects.toThrow(/missing expected export `classify`/);
  });
});

/** A component that imports and exports what a changed contract has, and does nothing. */
async function componentOf(change: (contract: string) => string): Promise<Uint8Array> {
  const contract = await readContract();
  const witSource = change(contract).replace(/^package [^;{]+;$/m, `$&\n${WORLD}`);
  return componentNew(await componentEmbed({ witSource, world: 'attack', dummy: true }));
}
