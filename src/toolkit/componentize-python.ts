/** Python to a component, with the interpreter that runs it, by componentize-py. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runTool } from './run-tool.ts';

const WINDOWS = process.platform === 'win32';
const TOOL = WINDOWS ? 'componentize-py.exe' : 'componentize-py';
const OUTPUT = 'build/component.wasm';

const install = {
  debian: 'apt-get install python3 python3-venv python3-pip, of version 3.10 or later',
  fedora: 'dnf install python3 python3-pip',
  alpine: 'apk add python3 py3-pip',
  arch: 'pacman -S python python-pip',
  macos: 'brew install python',
  else: 'install Python 3.10 or later, with venv and pip',
};

export interface PythonOptions {
  /** The world in `wit/` that the component is made for. */
  world: string;
  /** The module in `app/` that exports it. */
  module: string;
}

/**
 * Componentizes the project in the working directory.
 *
 * @throws BuildFailure if Python is missing, or its packages cannot be installed or fail
 */
export async function componentizePython({ world, module }: PythonOptions): Promise<Uint8Array> {
  await mkdir('build', { recursive: true });
  const args = ['-d', 'wit', '-w', world, 'componentize', module, '-p', 'app', '-o', OUTPUT];
  runTool(findTool(), args, { install });
  return readFile(OUTPUT);
}

/** The tool of requirements.txt: one that is installed, or else in an environment of the project's own. */
function findTool(): string {
  const installed = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, TOOL));
  const scripts = join('.venv', WINDOWS ? 'Scripts' : 'bin');
  const own = join(scripts, TOOL);
  const found = [...installed, own].find((path) => existsSync(path));
  if (found !== undefined) return found;
  runTool('python3', ['-m', 'venv', '.venv'], { install });
  runTool(join(scripts, 'python'), ['-m', 'pip', 'install', '-q', '-r', 'requirements.txt'], { install });
  return own;
}
