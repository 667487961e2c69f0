import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

// A fast selection; `npm run test:fuzz` sets FUZZ_MUTANTS to thousands. What a report calls mutant 123 comes
// back with its seed and FUZZ_FIRST=123 FUZZ_MUTANTS=1.

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_128);
const MUTANTS = Number(process.env['FUZZ_MUTANTS'] ?? 300);
const FIRST = Number(process.env['FUZZ_FIRST'] ?? 0);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 12);
const ENTRY = new URL('mutated-pictures-process.ts', import.meta.url).pathname;

interface Line {
  number?: number;
  outcome?: string;
  good?: boolean;
}

describe('Mutated JPEG and TIFF files', () => {
  it(
    'are shown or refused as the client’s to repair, in time, and crash nothing',
    async () => {
      const child = spawn(process.execPath, [ENTRY, ...[SEED, FIRST, MUTANTS, SECONDS * 1_000].map(String)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => {
        child.once('close', (code, signal) => resolve(signal ?? code));
      });
      const open = new Set<number>();
      const outcomes: Record<string, number> = {};
      const surprises: string[] = [];
      let good = false;
      for await (const text of createInterface({ input: child.stdout })) {
        const { number, outcome, good: same } = JSON.parse(text) as Line;
        if (same === true) good = true;
        if (number === undefined) continue;
        if (outcome === undefined) open.add(number);
        else {
          open.delete(number);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          if (outcome.startsWith('surprise')) surprises.push(`mutant ${number}: ${outcome}`);
        }
      }
      process.stdout.write(`${JSON.stringify({ seed: SEED, outcomes })}\n`);
      expect({ surprises, ended: await ended, inTheMiddle: [...open] }).toEqual({
        surprises: [],
        ended: 0,
        inTheMiddle: [],
      });
      expect(good).toBe(true);
      expect(outcomes['shown']).toBeGreaterThan(0);
    },
    (SECONDS + 60) * 1_000,
  );
});
