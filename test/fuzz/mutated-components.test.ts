import { describe, expect, it } from 'vitest';
import { expectAllThreads, expectGood, installGood } from '../support/attack-good.ts';
import { Fuzzer } from './mutated-components.ts';

// A fast selection; `npm run test:fuzz` sets FUZZ_MUTANTS to thousands. What a report calls mutant 123 comes
// back with its seed and FUZZ_FIRST=123 FUZZ_MUTANTS=1.

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const MUTANTS = Number(process.env['FUZZ_MUTANTS'] ?? 60);
const FIRST = Number(process.env['FUZZ_FIRST'] ?? 0);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 12);

describe('Mutated components', () => {
  it(
    'come to an outcome that is foreseen, and leave every thread and the memory as they were',
    async () => {
      await using fuzzer = await Fuzzer.open();
      await installGood(fuzzer.host);
      await expectGood(fuzzer.host);
      const before = process.memoryUsage().rss;
      const report = await fuzzer.run(SEED, MUTANTS, SECONDS * 1_000, FIRST);
      process.stdout.write(`${JSON.stringify(report)}\n`);
      expect(report.surprises).toEqual([]);
      await expectAllThreads(fuzzer.host);
      expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1_048_576);
    },
    (SECONDS + 60) * 1_000,
  );
});
