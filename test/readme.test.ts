import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { relativeLinks, repository } from './support/readme.ts';

// The lines and programs of README.md are run by test/box.
describe('Every relative link leads somewhere:', async () => {
  const documents = ['README.md', 'components/README.md'];
  for await (const document of glob('docs/*.md', { cwd: repository })) documents.push(document);

  test.each(documents.toSorted())('%s', async (document) => {
    const links = await relativeLinks(document);
    const dead = links.filter((target) => !existsSync(join(repository, dirname(document), target)));
    expect(dead).toEqual([]);
  });
});
