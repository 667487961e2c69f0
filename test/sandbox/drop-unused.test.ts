import { describe, expect, it } from 'vitest';
import { dropUnused } from '../../src/sandbox/component/drop-unused.ts';

describe('What nothing reaches in the glue', () => {
  it('goes, with what only it reaches, in a circle or not', () => {
    const glue = `export function instantiate(imports) {
  const kept = new Map();
  const unused = new Map();
  let counted;
  function used(value) {
    const text = \`}\${value}{\`; // a brace } in a comment
    return '}' + kept.get(text);
  }
  class Ping {
    static of = {
      name: '{',
    };
    pong() { return new Pong(); }
  }
    class Pong {
      ping() { return new Ping(counted); }
    }
  async function waits(args = { a: 1 }) {
    return unused;
  }
  return used(imports);
}
`;
    expect(dropUnused(glue)).toBe(`export function instantiate(imports) {
  const kept = new Map();
  function used(value) {
    const text = \`}\${value}{\`; // a brace } in a comment
    return '}' + kept.get(text);
  }
  return used(imports);
}
`);
  });

  it('stays where its name stands in a text', () => {
    const glue = `function one() {\n}\nuse("one");\n`;
    expect(dropUnused(glue)).toBe(glue);
  });
});
