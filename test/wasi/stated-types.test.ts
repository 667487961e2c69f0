import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { translateComponent } from '../../src/sandbox/component/translate-component.ts';

/** A component that imports what `packages` state, be it true or not. */
async function stating(
  imports: readonly string[],
  packages: string,
  forge: (bytes: string) => string = (bytes) => bytes,
): Promise<Uint8Array> {
  const world = `world guest { ${imports.map((name) => `import ${name};`).join(' ')} }`;
  const witSource = `package sandpiper:probe;\n${world}\n${packages}`;
  const component = await componentNew(await componentEmbed({ witSource, world: 'guest', dummy: true }));
  return Buffer.from(forge(Buffer.from(component).toString('latin1')), 'latin1');
}

describe('the types that a component states for WASI', () => {
  it.each([
    ['an argument', 'wasi:random/random', 'random', 'get-random-bytes: func(len: string) -> list<u8>;'],
    ['a result', 'wasi:cli/environment', 'environment', 'get-arguments: func() -> string;'],
    ['a function', 'wasi:clocks/wall-clock', 'wall-clock', '%constructor: func(code: string) -> string;'],
    [
      'a static function',
      'wasi:io/poll',
      'poll',
      'resource pollable { %constructor: static func(code: string) -> string; }',
    ],
  ])('are refused when %s is another', async (_, name, short, items) => {
    const pack = `package ${name.split('/')[0]}@0.2.3 { interface ${short} { ${items} } }`;
    await expect(translateComponent(await stating([`${name}@0.2.3`], pack))).rejects.toThrow(
      `its interface ${name} is not the contract's`,
    );
  });

  it('are refused when they name a type that there is not', async () => {
    const pack = `package wasi:random@0.2.3 {
      interface random { type amount = u64; get-random-bytes: func(len: amount) -> list<u8>; }
    }`;
    await expect(translateComponent(await stating(['wasi:random/random@0.2.3'], pack))).rejects.toThrow(
      'missing expected export `amount`',
    );
  });

  it.each(['f64', 's32', 'u16', 'f32', 's8'])('are refused where a number is %s and not u8', async (type) => {
    const pack = `package wasi:cli@0.2.3 { interface exit { exit-with-code: func(status-code: ${type}); } }`;
    await expect(translateComponent(await stating(['wasi:cli/exit@0.2.3'], pack))).rejects.toThrow(
      /its interface wasi:cli\/exit is not the contract's \(.*primitive/,
    );
  });

  it('may be a part of them, of an older release', async () => {
    const pack = `package wasi:cli@0.2.0 { interface exit { exit-with-code: func(status-code: u8); } }`;
    const component = await stating(['wasi:cli/exit@0.2.0'], pack);
    expect((await translateComponent(component)).imports).toEqual(['wasi:cli/exit@0.2.0']);
  });

  it('are refused in two versions, of which only one could be looked at', async () => {
    const pack = `
      package wasi:io@0.2.5 { interface poll { resource pollable { block: func(); } } }
      package wasi:io@0.3.0 { interface poll { resource pollable { call: static func(code: string) -> string; } } }`;
    const component = await stating(['wasi:io/poll@0.2.5', 'wasi:io/poll@0.3.0'], pack, (bytes) =>
      bytes.replaceAll('@0.3.0', '@0.2.0'),
    );
    await expect(translateComponent(component)).rejects.toThrow('it states wasi:io/poll twice');
  });
});
