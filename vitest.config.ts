import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // ONNX Runtime is a native addon with threads of its own: a process for each file keeps one file's
    // crash, or engine that was left open, out of the others.
    pool: 'forks',
    // In all processes and threads of the run.
    execArgv: ['--require', './test/support/compile-cache.cjs'],
    // Each file may fill every core by itself.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
