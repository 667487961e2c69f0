import type { Command } from 'commander';
import { keepCompiled } from './keep-compiled.ts';
import { addSettingOptions, settingsFromOptions } from './setting-options.ts';
import { supervise, UNSUPERVISED } from './supervise.ts';

/** `sandpiper serve`, which is also what `sandpiper` alone does. */
export function addServeCommand(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('serve the models over HTTP until SIGTERM or SIGINT')
    .option('--json', 'print the ready message as one line of JSON')
    .option(UNSUPERVISED, 'run in this very process, which nobody starts anew when it dies');
  addSettingOptions(command).action(async (options: Readonly<Record<string, unknown>>) => {
    const settings = settingsFromOptions(options);
    if (options['supervise'] !== false) return supervise(process.argv, settings.limits.processBytes);
    keepCompiled(settings.cacheDir);
    const { serveModels } = await import('./serve-models.ts');
    return serveModels(settings, options['json'] === true);
  });
}
