/** The example components that this machine can have. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildExample, builtExample } from '../../components/examples/build-example.ts';
import type { Example } from '../../components/examples/catalogue.ts';
import { findToolchain } from '../../components/examples/toolchains.ts';
import type { LanguageName } from '../../src/scaffold/languages.ts';
import { COMPONENT_FILE } from '../../src/toolkit/install-component.ts';

/** They bring JavaScript's engine along, and take seconds to build, to translate and to try. */
const WITH_ENGINE: readonly LanguageName[] = ['javascript', 'typescript'];

/** The component as it is in the repository, as it was built before, or built now; or why there is none. */
export async function exampleComponent(example: Example): Promise<Uint8Array | string> {
  if (example.committed) return readFile(join(example.folder, COMPONENT_FILE));
  if (example.language === 'assemblyscript') return buildExample(example);
  if (WITH_ENGINE.includes(example.language))
    return process.env['TEST_EXAMPLES'] === undefined
      ? 'npm run test:examples has it, as it takes seconds'
      : buildExample(example);
  const built = await builtExample(example);
  if (built !== undefined) return built;
  const toolchain = findToolchain(example.language);
  return 'missing' in toolchain ? toolchain.missing : 'it is not built; npm run build:examples builds it';
}
