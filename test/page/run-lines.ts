/** Lines that the page shows to copy, run as they are. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

/** In an empty folder, as somebody would who has copied them. */
export async function runLines(language: string, lines: string): Promise<string> {
  await using folder = await temporaryFolder('sandpiper-lines-');
  const options = { cwd: folder.path };
  if (language === 'curl')
    return (await run('sh', ['-ec', lines.replaceAll('curl ', 'curl --silent ')], options)).stdout;
  const file = join(folder.path, language === 'Python' ? 'lines.py' : 'lines.mts');
  await writeFile(file, lines);
  return (await run(language === 'Python' ? 'python3' : process.execPath, [file], options)).stdout;
}
