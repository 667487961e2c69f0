import { defineConfig } from 'vitest/config';
import { importBuilt } from './test/support/built.ts';
import { LongFirst } from './test/support/long-first.ts';
import { testFiles } from './test/support/projects.ts';

export default defineConfig({
  plugins: [importBuilt()],
  test: {
    projects: Object.entries(testFiles())
      .filter(([, include]) => include.length > 0)
      // What needs nothing but its process may share it.
      .map(([name, include]) => ({ extends: true, test: { name, include, isolate: name !== 'unit' } })),
    // ONNX Runtime is a native addon with threads of its own: a process for each file keeps one file's
    // crash, or engine that was left open, out of the others.
    pool: 'forks',
    // In all processes and threads of the run.
    execArgv: ['--require', './test/support/compile-cache.cjs'],
    // One more than the two cores that the tests are made for: files wait for processes and graces, too.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    // A busy machine is late, not wrong.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
