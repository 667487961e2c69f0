/**
 * Mutated components through the whole sandbox: translated, compiled, capped, instantiated and called.
 *
 * None may crash or hang the host, lose a thread, or come to anything but the outcomes that are foreseen.
 * The same seed and number give the same mutant.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TranslatedComponent } from '../../src/sandbox/component/translated-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { SandpiperError } from '../../src/errors.ts';
import { buildGuest } from '../support/attack-guest.ts';
import { AttackHost } from '../support/attack-host.ts';
import { BatchTranslator } from '../support/batch-translator.ts';
import { mutateFile, mutateModule } from './mutate.ts';
import { Random } from './random.ts';

const BASES = [
  'good',
  'log-injection',
  'drop-in-realloc',
  'prototype-names',
  'count-calls',
  'mark-memory',
  'grow-memory-in-realloc',
];
const CLASSIFIER = join(import.meta.dirname, '../../components/build/image-classifier.wasm');
const CONFIG = { graph: 'identity', input: 'x', width: '2', 'score-function': 'none' };
const DEADLINE_MS = 250;
const LIMITS = { startMs: 150, memoryBytes: 4_194_304, requestTensorBytes: 16_777_216, computeCalls: 1_000 };

/** The beginning of any component; its contents come from {@link Given}. */
const PREAMBLE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00);

/** One in this many is mutated as a file and translated afresh; the others after translation. */
const FILE_SHARE = 4;

export interface FuzzReport {
  seed: number;
  mutants: number;
  /** How many came to what. */
  outcomes: Record<string, number>;
  /** An unexpected outcome, with the number of the mutant. */
  surprises: string[];
}

/** A translation as it stands, in place of one from disk. */
class Given extends ComponentCache {
  readonly #translated: TranslatedComponent;

  constructor(translated: TranslatedComponent) {
    super(undefined);
    this.#translated = translated;
  }

  override async read(): Promise<TranslatedComponent> {
    return this.#translated;
  }
}

export class Fuzzer implements AsyncDisposable {
  readonly host: AttackHost;
  readonly #translator = new BatchTranslator();
  readonly #files: Uint8Array[];
  readonly #translated: TranslatedComponent[] = [];

  private constructor(host: AttackHost, files: Uint8Array[]) {
    this.host = host;
    this.#files = files;
  }

  static async open(): Promise<Fuzzer> {
    const guests = await Promise.all(BASES.map((name) => buildGuest(name)));
    const fuzzer = new Fuzzer(await AttackHost.open(), [
      new Uint8Array(await readFile(CLASSIFIER)),
      ...guests,
    ]);
    for (const file of fuzzer.#files) {
      const translation = await fuzzer.#translator.translate(file);
      if ('glue' in translation) fuzzer.#translated.push(translation);
    }
    return fuzzer;
  }

  /** Mutants from number `first` on until there are `count`, or the time is up. */
  async run(seed: number, count: number, ms: number, first = 0): Promise<FuzzReport> {
    const report: FuzzReport = { seed, mutants: 0, outcomes: {}, surprises: [] };
    const end = performance.now() + ms;
    const lanes = Array.from({ length: this.host.threads }, async (_, lane) => {
      while (report.mutants < count && performance.now() < end) {
        const number = first + report.mutants++;
        const came = await this.#tryOne(`fuzz-${lane}@1`, new Random(Math.imul(seed, 1_000_003) + number));
        report.outcomes[came] = (report.outcomes[came] ?? 0) + 1;
        if (came.startsWith('surprise')) report.surprises.push(`mutant ${number}: ${came}`);
      }
    });
    await Promise.all(lanes);
    return report;
  }

  async #tryOne(key: string, random: Random): Promise<string> {
    const translated =
      random.below(FILE_SHARE) === 0 ? await this.#mutantFile(random) : this.#mutantModules(random);
    if (typeof translated === 'string') return translated;
    try {
      await this.host.install(key, PREAMBLE, { limits: LIMITS, config: CONFIG }, new Given(translated));
    } catch (error) {
      return error instanceof SandpiperError ? `refused: ${error.code}` : `surprise: ${String(error)}`;
    }
    try {
      const described = await this.host.call(key, { function: 'describe', deadlineMs: DEADLINE_MS });
      if (described.outcome !== 'value') return foreseen('describe', described);
      return foreseen('classify', await this.host.call(key, { deadlineMs: DEADLINE_MS }));
    } finally {
      this.host.guests.uninstall(key);
    }
  }

  async #mutantFile(random: Random): Promise<TranslatedComponent | string> {
    const bytes = mutateFile(random.pick(this.#files), random.pick(this.#files), random);
    const translation = await this.#translator.translate(bytes);
    if ('glue' in translation) return translation;
    return 'ended' in translation ? `translator: ${translation.ended}` : 'translator: refused';
  }

  #mutantModules(random: Random): TranslatedComponent {
    const { modules, ...rest } = random.pick(this.#translated);
    const [[file, bytes] = ['', new Uint8Array()], ...others] = modules;
    let mutated = mutateModule(bytes, random);
    for (let tries = 0; tries < 20 && !WebAssembly.validate(mutated); tries++)
      mutated = mutateModule(bytes, random);
    return { ...rest, modules: [[file, mutated], ...others] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await this.#translator[Symbol.asyncDispose]();
  }
}

function foreseen(
  at: string,
  { outcome, code = 'answered', value }: Awaited<ReturnType<AttackHost['call']>>,
): string {
  const known = outcome !== 'refused' && code !== 'not-an-expected-error' && code !== 'internal';
  const sound = outcome !== 'value' || at === 'describe' || Array.isArray(value);
  return known && sound ? `${at}: ${outcome}` : `surprise: ${at} ${outcome} ${code}`;
}
