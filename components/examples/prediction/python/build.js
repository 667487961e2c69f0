// Python, with the interpreter that runs it, to a component in models/.
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { installComponent, runTool } from 'sandpiper/toolkit';

const TOOL = process.platform === 'win32' ? 'componentize-py.exe' : 'componentize-py';
const install = {
  debian: 'apt-get install python3 python3-venv python3-pip, of version 3.10 or later',
  fedora: 'dnf install python3 python3-pip',
  alpine: 'apk add python3 py3-pip',
  arch: 'pacman -S python python-pip',
  macos: 'brew install python',
  else: 'install Python 3.10 or later, with venv and pip',
};

/** The tool of requirements.txt: one that is installed, or else in an environment of the project's own. */
function findTool() {
  const installed = process.env.PATH.split(delimiter).map((folder) => join(folder, TOOL));
  const own = join('.venv', process.platform === 'win32' ? 'Scripts' : 'bin', TOOL);
  const found = [...installed, own].find((path) => existsSync(path));
  if (found !== undefined) return found;
  runTool('python3', ['-m', 'venv', '.venv'], { install });
  runTool(join(own, '..', 'python'), ['-m', 'pip', 'install', '-q', '-r', 'requirements.txt'], { install });
  return own;
}

await mkdir('build', { recursive: true });
runTool(
  findTool(),
  ['-d', 'wit', '-w', 'predictor', 'componentize', 'predictor'].concat([
    '-p',
    'app',
    '-o',
    'build/component.wasm',
  ]),
  { install },
);
await installComponent(await readFile('build/component.wasm'), import.meta.dirname);
