import { describe, expect, it } from 'vitest';
import type { Grants } from '../../src/capabilities/capabilities.ts';
import { assertGranted, explainImports } from '../../src/sandbox/assert-granted.ts';
import { LIBC_GRANTS, loadGuest, NO_GRANTS } from './support/wasi-guest.ts';

const refusal = (imports: readonly string[], grants: Grants = NO_GRANTS): string => {
  try {
    assertGranted('c', imports, grants);
  } catch (error) {
    return (error as Error).message;
  }
  return 'granted';
};

describe('what a component may import', () => {
  it.each([
    ['wasi:logging/logging@0.1.0-draft', '"grants": { "logging": true }'],
    ['wasi:clocks/monotonic-clock@0.2.0', '"grants": { "clocks": true }'],
    ['wasi:clocks/wall-clock@0.2.8', '"grants": { "clocks": true }'],
    ['wasi:random/random@0.2.3', '"grants": { "random": true }'],
    ['wasi:random/insecure-seed@0.2.12', '"grants": { "random": true }'],
    ['wasi:cli/stdout@0.2.1', '"grants": { "stdio": true }'],
    ['wasi:cli/terminal-stderr@0.2.1', '"grants": { "stdio": true }'],
    ['wasi:cli/exit@0.2.4', '"grants": { "exit": true }'],
    ['wasi:cli/environment@0.2.5', '"grants": { "env": {} }'],
    ['wasi:filesystem/preopens@0.2.6', '"grants": { "folders": {} }'],
    ['wasi:http/outgoing-handler@0.2.7', '"grants": { "http": [] }'],
    ['wasi:sockets/tcp@0.2.2', '"grants": { "sockets": [] }'],
  ])('refuses %s and names the key', (name, remedy) => {
    expect(refusal([name])).toBe(
      `Component c imports ${name}, which is not granted: the manifest grants it with ${remedy}.`,
    );
    const grants = { ...NO_GRANTS, ...(JSON.parse(`{${remedy}}`) as { grants: object }).grants };
    expect(refusal([name], grants)).toBe('granted');
  });

  it('needs no grant for what gives nothing by itself', () => {
    const names = ['error', 'poll', 'streams'].map((name) => `wasi:io/${name}@0.2.9`);
    expect(refusal([...names, 'sandpiper:inference/assets@0.1.0'])).toBe('granted');
  });

  it('grants the environment by its arguments too', () => {
    expect(refusal(['wasi:cli/environment@0.2.0'], { ...NO_GRANTS, args: ['guest'] })).toBe('granted');
  });

  it.each(['0.1.0', '0.2.0-rc-2023-11-10', '0.3.0', '0.20.0'])('refuses WASI %s', (version) => {
    expect(refusal([`wasi:clocks/wall-clock@${version}`], { ...NO_GRANTS, clocks: true })).toContain(
      'spoken here in its releases 0.2.x',
    );
  });

  it('refuses what no grant covers', () => {
    expect(refusal(['wasi:clocks/timezone@0.2.0'], { ...NO_GRANTS, clocks: true })).toContain(
      'no grant covers it',
    );
    expect(refusal(['evil:host/shell@1.0.0', 'wasi:clocks/wall-clock@0.2.0'])).toContain(
      'imports evil:host/shell@1.0.0, which is not granted: no grant covers it',
    );
    expect(refusal(['constructor', '__proto__'])).toContain('no grant covers it');
  });

  it('names all that is missing at once', () => {
    expect(refusal(['wasi:cli/exit@0.2.0', 'wasi:cli/stdin@0.2.0', 'wasi:cli/stdout@0.2.0'])).toBe(
      'Component c imports wasi:cli/exit@0.2.0, wasi:cli/stdin@0.2.0, wasi:cli/stdout@0.2.0, which are not granted: the manifest grants them with "grants": { "stdio": true, "exit": true }.',
    );
  });

  it('explains each import of a component built with wasi-libc', async () => {
    const { imports } = await loadGuest('wasi-preview1');
    const explained = explainImports(imports, { ...LIBC_GRANTS, exit: false });
    expect(explained).toHaveLength(imports.length);
    expect(explained.filter(({ granted }) => !granted)).toEqual([
      {
        import: 'wasi:cli/exit@0.2.12',
        granted: false,
        key: 'exit',
        remedy: 'the manifest grants it with "grants": { "exit": true }',
      },
    ]);
    expect(explained).toContainEqual({
      import: 'wasi:random/random@0.2.12',
      granted: true,
      key: 'random',
      remedy: undefined,
    });
  });
});
