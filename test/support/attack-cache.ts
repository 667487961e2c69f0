/** A cache of translations that is filled in this process, where the translator is started once and not per guest. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TranslatedComponent } from '../../src/sandbox/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component-cache.ts';
import { BatchTranslator } from './batch-translator.ts';

class AheadCache extends ComponentCache implements AsyncDisposable {
  readonly #folder: string;
  readonly #translator = new BatchTranslator();

  constructor(folder: string) {
    super(folder);
    this.#folder = folder;
  }

  async ahead(bytes: Uint8Array): Promise<void> {
    const translated = await this.#translator.translate(bytes);
    if ('glue' in translated) await this.write(createHash('sha256').update(bytes).digest('hex'), translated);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#translator[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export type { TranslatedComponent };

export async function translationsAhead(): Promise<AheadCache> {
  return new AheadCache(await mkdtemp(join(tmpdir(), 'sandpiper-attacks-')));
}
