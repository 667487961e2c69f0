import type { Command } from 'commander';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { checkText } from './check-text.ts';
import { keepCompiled } from './compile-cache.ts';
import { settingsOf } from './setting-flags.ts';

/** `sandpiper check`: reports what a model folder, a component or a command imports and is granted, and whether it works. */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('say what a component or command imports and is granted, and run the sample of its model')
    .argument('<path>', "a model version's folder, such as models/name/1, an .onnx file or a .wasm file")
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExit code 0: everything is granted and the sample passed (a file alone: a model could use it, or `run` run it).',
    )
    .action(runCheck);
}

/**
 * Prints the report on standard output, and each problem as a sentence on standard error.
 *
 * @throws SandpiperError `invalid-config` for an environment variable that cannot be used
 */
async function runCheck(path: string, { json = false }: { json?: boolean }): Promise<void> {
  const settings = settingsOf({});
  keepCompiled(settings.cacheDir);
  const { check } = await import('../index.ts');
  const report = await check(path, settings);
  if (json) {
    // JSON does not escape control characters from U+007F on.
    process.stdout.write(`${escapeControls(JSON.stringify(report))}\n`);
  } else {
    process.stdout.write(checkText(report, process.stdout.isTTY));
    for (const problem of report.problems) process.stderr.write(`sandpiper: ${escapeControls(problem)}\n`);
  }
  process.exitCode = report.passed ? 0 : 1;
}
