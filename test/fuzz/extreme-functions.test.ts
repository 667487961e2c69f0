import { describe, expect, it } from 'vitest';
import { SERVICE_LIMITS } from '../../src/config/limits.ts';
import { runTrial } from '../../src/trial/run-trial.ts';
import type { ExtremeInput, ExtremeReport } from './extreme-trial.ts';

// A fast selection; `npm run test:fuzz` sets FUZZ_MUTANTS to thousands. What a report calls module 123 comes back
// with its seed and FUZZ_FIRST=123 FUZZ_MUTANTS=1.

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_128);
const MODULES = Number(process.env['FUZZ_MUTANTS'] ?? 40);
const FIRST = Number(process.env['FUZZ_FIRST'] ?? 0);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 12);

/** In one process, whose memory they share: few enough that what they leave behind is not taken for what one needs. */
const BATCH = 10;

describe('Functions of extreme structure', () => {
  it(
    'are refused by reading, or come to an end in every tier of the compiler',
    async () => {
      const end = performance.now() + SECONDS * 1_000;
      const outcomes: Record<string, number> = {};
      const surprises: string[] = [];
      let slowest = { ms: 0, what: '' };
      for (let at = FIRST; at < FIRST + MODULES && performance.now() < end; at += BATCH) {
        const report = await compileBatch({
          seed: SEED,
          first: at,
          count: Math.min(BATCH, FIRST + MODULES - at),
        });
        if (typeof report === 'string') surprises.push(`modules ${at} to ${at + BATCH - 1}: ${report}`);
        else {
          for (const [outcome, count] of Object.entries(report.outcomes))
            outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
          surprises.push(...report.surprises);
          if (report.slowest.ms > slowest.ms) slowest = report.slowest;
        }
      }
      process.stdout.write(`${JSON.stringify({ seed: SEED, outcomes, slowest })}\n`);
      expect(surprises).toEqual([]);
      expect(outcomes['compiled']).toBeGreaterThan(0);
    },
    (SECONDS + 120) * 1_000,
  );
});

async function compileBatch(input: ExtremeInput): Promise<ExtremeReport | string> {
  const end = await runTrial<ExtremeReport>({
    entry: new URL('extreme-trial.ts', import.meta.url),
    input,
    // For all of the batch what one file may take: a process that is killed there would be a finding.
    ms: 110_000,
    // More than a file may take: its own trial refuses what needs more than compiledBytes.
    memoryBytes: 6 * SERVICE_LIMITS.compiledBytes,
    flags: ['--v8-pool-size=2', '--wasm-num-compilation-tasks=2'],
  });
  return end.kind === 'answer' ? end.answer : JSON.stringify(end);
}
