import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// Mutated ONNX models, loaded in a process whose end is a finding. What the service tries first may end the process or
// take its time: that is what trying is for. What it would load at once may do neither. A fast selection;
// `npm run test:fuzz` sets FUZZ_MUTANTS to thousands, and FUZZ_SEED and FUZZ_FIRST bring one of them back.

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_128);
const MUTANTS = Number(process.env['FUZZ_MUTANTS'] ?? 400);
const FIRST = Number(process.env['FUZZ_FIRST'] ?? 0);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 12);

/** A load that takes longer counts as one without end. */
const PATIENCE_MS = 15_000;

interface Line {
  number: number;
  tried?: boolean | string;
  came?: string;
}

describe('Mutated graphs', () => {
  it(
    'are refused by reading, tried first, or load or fail at once',
    async () => {
      const outcomes: Record<string, number> = {};
      const surprises: string[] = [];
      const deaths: number[] = [];
      const count = (came: string): void => void (outcomes[came] = (outcomes[came] ?? 0) + 1);
      const end = performance.now() + SECONDS * 1_000;
      for (let next = FIRST; next < FIRST + MUTANTS && performance.now() < end;) {
        let last: Line = { number: next - 1 };
        const how = await loadFrom(next, end, (line) => {
          if (typeof line.tried === 'string') count(line.tried);
          if (line.came !== undefined) count(`${last.tried === true ? 'tried, ' : ''}${line.came}`);
          last = line;
        });
        if (how === 'done') break;
        // It died between two lines, or of the mutant that it announced.
        const announced = last.tried !== undefined && last.came === undefined;
        if (announced && last.tried === true) {
          count(`tried, ${how}`);
          deaths.push(last.number);
        } else surprises.push(`mutant ${announced ? last.number : last.number + 1}: ${how}`);
        next = last.number + 1 + (announced ? 0 : 1);
      }
      process.stdout.write(`${JSON.stringify({ seed: SEED, outcomes, deaths, surprises })}\n`);
      expect(surprises).toEqual([]);
      expect(outcomes['loads']).toBeGreaterThan(0);
      expect(outcomes['refused by reading']).toBeGreaterThan(0);
    },
    (SECONDS + 60) * 1_000,
  );
});

/** @returns `done`, or how the process ended before it was */
async function loadFrom(first: number, end: number, onLine: (line: Line) => void): Promise<string> {
  const entry = fileURLToPath(new URL('mutated-graphs-process.ts', import.meta.url));
  const range = [SEED, first, FIRST + MUTANTS].map(String);
  const child = spawn(process.execPath, ['--no-warnings', entry, ...range], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
  });
  let words = '';
  child.stderr.on('data', (chunk) => (words = `${words}${String(chunk)}`.slice(-2_000)));
  const exited = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code === 0 ? 'done' : (signal ?? `exit code ${code}`))),
  );
  let late = false;
  let timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  for await (const text of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    onLine(JSON.parse(text) as Line);
    if (performance.now() > end) {
      late = true;
      child.kill('SIGKILL');
    }
    timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  }
  clearTimeout(timer);
  const how = await exited;
  if (late) return 'done';
  return how.startsWith('exit') ? `${how}: ${words}` : how;
}
