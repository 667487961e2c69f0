/** Reads and compiles modules of extreme structure, in the process of a trial. */
import { boundCode, OverCodeLimit } from '../../src/sandbox/code/bound-code.ts';
import { tryCompiling } from '../../src/sandbox/code/try-compiling.ts';
import { answerParent } from '../../src/trial/answer-parent.ts';
import { randomModule } from './extreme-functions.ts';
import { Random } from './random.ts';

export interface ExtremeInput {
  seed: number;
  first: number;
  count: number;
}

export interface ExtremeReport {
  /** How many came to what. */
  outcomes: Record<string, number>;
  /** An unexpected outcome, with the number of the module. */
  surprises: string[];
  /** Processor time of the slowest module that reading let through. */
  slowest: { ms: number; what: string };
}

await answerParent((input): ExtremeReport => {
  const { seed, first, count } = input as ExtremeInput;
  const report: ExtremeReport = { outcomes: {}, surprises: [], slowest: { ms: 0, what: '' } };
  for (let number = first; number < first + count; number++) {
    const { bytes, what } = randomModule(new Random(Math.imul(seed, 1_000_003) + number));
    const before = process.cpuUsage();
    const outcome = tryOne(bytes);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1_000;
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    if (outcome.startsWith('surprise')) report.surprises.push(`module ${number}, ${what}: ${outcome}`);
    if (outcome === 'compiled' && ms > report.slowest.ms) report.slowest = { ms: Math.round(ms), what };
  }
  return report;
});

function tryOne(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    const [read] = boundCode([bytes], [1]);
    if (read === undefined) return 'surprise: not read';
    tryCompiling(bytes, read.facts, new Set(read.facts.defined.keys()));
    return 'compiled';
  } catch (error) {
    if (error instanceof OverCodeLimit) return `refused: ${error.message.replace(/.*over the limit /, '')}`;
    return `surprise: ${String(error)}`;
  }
}
