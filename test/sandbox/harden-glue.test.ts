import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { beforeAll, describe, expect, it } from 'vitest';
import { hardenGlue } from '../../src/sandbox/component/harden-glue.ts';
import { buildGuest } from '../support/attack-guest.ts';

let glue: string;

beforeAll(async () => {
  const { files } = await transpileBytes(await buildGuest('good'), {
    name: 'component',
    instantiation: 'sync',
    multiMemory: true,
    base64Cutoff: 0,
  });
  glue = new TextDecoder().decode(files['component.js']);
});

describe('The hardened glue', () => {
  it('pays for every list, text and copy at the meter', () => {
    const hardened = hardenGlue(glue);
    const loops = hardened.match(/i < len\w*; i\+\+\) \{/g) ?? [];
    const paid = hardened.match(/i < len\w*; i\+\+\) \{ \$meter\.element\(\);/g) ?? [];
    expect(loops.length).toBeGreaterThan(2);
    expect(paid).toHaveLength(loops.length);
    expect(hardened).not.toMatch(/new TextDecoder|\.buffer\.slice\(/);
  });

  it('reports every imported function and every drop to the meter', () => {
    const hardened = hardenGlue(glue);
    const imported = hardened.match(/const _trampoline\d+ = function/g) ?? [];
    const drops = glue.match(/function trampoline\d+\(handle\)/g) ?? [];
    expect(drops).toHaveLength(4);
    expect(hardened.match(/\$meter\.beginImport\(\);/g)).toHaveLength(imported.length + drops.length);
    expect(hardened.match(/\$meter\.call\(/g)).toHaveLength(1 + drops.length);
  });

  it('reads neither the environment nor the console', () => {
    expect(hardenGlue(glue)).not.toMatch(/process\?*\.|console\.debug/);
  });

  it('leaves no way to name one handle by two numbers', () => {
    expect(hardenGlue(glue)).not.toMatch(/handleTable\d+\[\(handle\d* << 1\)/);
  });

  it('has no place in glue of another shape', () => {
    expect(() => hardenGlue(glue.replace('export function instantiate(', 'export function make('))).toThrow(
      'the translation has no place for the entry point',
    );
  });

  it.each([
    ['const copy = memory7["buffer"].buffer.slice(0, 9);', 'copies memory in an unknown way'],
    ['const decoder = new TextDecoder;', 'copies memory in an unknown way'],
    ['for (const i = 0; i < len9; i += 1) {', 'reads lists in an unknown way'],
    ['task({ isAsync: true })', 'works asynchronously'],
    ['new FinalizationRegistry(() => {})', 'runs guest code when memory is reclaimed'],
    ['console.debug(secret)', 'logs in an unknown way'],
  ])('refuses what it cannot meter: %s', (line, what) => {
    expect(() => hardenGlue(`${glue}\n${line}`)).toThrow(`the translation ${what}`);
  });
});
