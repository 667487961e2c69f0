import { defineConfig } from 'vitest/config';
import { importBuilt } from './test/support/built.ts';
import { LongFirst } from './test/support/long-first.ts';
import { testFiles } from './test/support/projects.ts';

export default defineConfig({
  plugins: [importBuilt()],
  test: {
    projects: Object.entries(testFiles())
      .filter(([, include]) => include.length > 0)
      // A process loads the product once for all files that it runs; a service costs half where one has run before.
      .map(([name, include]) => ({
        extends: true,
        test: { name, include, isolate: !['unit', 'integration'].includes(name) },
      })),
    // ONNX Runtime is a native library with threads of its own, which outlive those of JavaScript.
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
