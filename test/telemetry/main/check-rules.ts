import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '../../support/python-environment.ts';

const run = promisify(execFile);

export const prometheusFolder = join(import.meta.dirname, '../../../deploy/prometheus');

/** promtool reads the alerts and the example configuration, and fires each alert on series that it is for. */
export async function checkRules(): Promise<string> {
  try {
    await run('promtool', ['--version']);
  } catch (error) {
    throw new Unavailable('there is no promtool here: apt-get install prometheus', { cause: error });
  }
  const promtool = async (...args: string[]) =>
    (await run('promtool', args, { cwd: prometheusFolder })).stdout;
  await promtool('check', 'config', '--lint-fatal', 'prometheus.yaml');
  await promtool('test', 'rules', 'alerts-test.yaml');
  const checked = await promtool('check', 'rules', '--lint-fatal', 'alerts.yaml');
  return /\d+ rules/.exec(checked)?.[0] ?? checked;
}
