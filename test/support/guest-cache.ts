/**
 * Translations that the tests keep by the digest of the component, as the product does and where it would look:
 * each component of a test is translated once, in whichever file comes first.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { BatchTranslator } from './batch-translator.ts';
import { repository } from './readme.ts';

/** Sources that a translation depends on besides the component; no test may run what older sources made. */
const SOURCES = [
  'src/config/limits.ts',
  'src/sandbox/component/translate-component.ts',
  'src/sandbox/component/harden-glue.ts',
  'src/sandbox/component/check-contract.ts',
  'src/sandbox/component/bound-component.ts',
  ...filesIn('src/sandbox/code', '.ts'),
  ...filesIn('wit', '.wit'),
].map((file) => readFileSync(join(repository, file)));

/** The folder. */
export const guestCache = join(
  repository,
  '.cache',
  'test-guests',
  createHash('sha256').update(Buffer.concat(SOURCES)).digest('hex').slice(0, 16),
);

/** A cache that can be filled ahead by one translator that is not started anew for each component. */
export class AheadCache extends ComponentCache implements AsyncDisposable {
  readonly #translator = new BatchTranslator();

  constructor() {
    super(guestCache);
  }

  /** Refusals of the translator are not kept: the product has to refuse the component itself. */
  async ahead(bytes: Uint8Array): Promise<void> {
    const digest = createHash('sha256').update(bytes).digest('hex');
    if ((await this.read(digest)) !== undefined) return;
    const translated = await this.#translator.translate(bytes);
    if ('glue' in translated) await this.write(digest, translated);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#translator[Symbol.asyncDispose]();
  }
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .toSorted()
    .map((file) => join(folder, file));
}
