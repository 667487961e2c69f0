/** Checks a model folder, a graph or a component file: what it imports, what it is granted, and whether it works. */
import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { messageOf, SandpiperError, invalidConfig } from '../errors.ts';
import { MODEL_NAME, VERSION, type ModelLocation } from '../repository/model-repository.ts';
import { isGraphFile, MODEL_FILES } from '../repository/repository-entries.ts';
import { createLogger } from '../telemetry/logger.ts';
import { checkComponent } from './check-component.ts';
import { checkGraphFile, checkModel } from './check-model.ts';
import type { CheckReport, LoggedLine } from './check-report.ts';

/**
 * Never rejects for problems of the model, the component or the path: these are in `problems`.
 *
 * @param path a model folder (with model.json or model.onnx in it), a graph or a component file
 */
export async function checkPath(path: string, settings: Settings): Promise<CheckReport> {
  const log: LoggedLine[] = [];
  const report: CheckReport = {
    format: 1,
    kind: 'model',
    path,
    passed: false,
    problems: [],
    component: null,
    model: null,
    log,
  };
  const target = { write: (line: string) => void log.push(readLine(line)) };
  const logger = createLogger({ logLevel: 'info', logFormat: 'json' }, target);
  try {
    const isFolder = await isModelFolder(path);
    const isGraph = !isFolder && isGraphFile(path);
    report.kind = isFolder || isGraph ? 'model' : 'component';
    if (isFolder) await checkModel(await locationOf(path), report, settings, logger);
    else if (isGraph) await checkGraphFile(resolve(path), report, settings, logger);
    else {
      const { component, problems } = await checkComponent(path, settings.limits);
      report.component = component;
      report.problems.push(...problems);
    }
  } catch (error) {
    report.problems.unshift(sentenceOf(error, log));
  }
  report.passed = report.problems.length === 0;
  return report;
}

/** @throws SandpiperError `invalid-config` if there is nothing to check */
async function isModelFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw refused(
      path,
      `it cannot be read (${code}); name a model folder, a graph or a component file`,
      cause,
    );
  });
  if (!found.isDirectory()) return false;
  if (!MODEL_FILES.some((file) => existsSync(join(path, file)))) {
    const example = join(path, '1');
    const files = MODEL_FILES.join(' or ');
    throw refused(path, `it has no ${files}; name the folder of a version, such as ${example}`);
  }
  return true;
}

/** Name and version by the path in a models directory, or else the folder's name and 1. */
async function locationOf(path: string): Promise<ModelLocation> {
  const folder = resolve(path);
  const last = basename(folder);
  const parent = basename(dirname(folder));
  if (VERSION.test(last) && MODEL_NAME.test(parent)) {
    const directory = await realpath(dirname(dirname(folder)));
    return { folder, name: parent, version: Number(last), directory };
  }
  return { folder, name: MODEL_NAME.test(last) ? last : 'model', version: 1 };
}

/** A log line without its time and a trap's stack. */
function readLine(line: string): LoggedLine {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const { level, msg, time: _time, stack: _stack, ...fields } = entry;
  const details = Object.entries(fields).map(([key, value]) => `${key}: ${show(value)}`);
  const message = details.length > 0 ? `${show(msg)} (${details.join(', ')})` : show(msg);
  return { level: show(level), message };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The message of an error, with the details of a component's failure from the log. */
function sentenceOf(error: unknown, log: readonly LoggedLine[]): string {
  const message = messageOf(error);
  const inside = log.findLast(({ level }) => level === 'error')?.message;
  const unexplained = error instanceof SandpiperError && error.code === 'component-failed';
  return unexplained && inside !== undefined ? `${message.replace(/\.$/, '')}: ${inside}.` : message;
}

function refused(path: string, why: string, cause?: unknown): SandpiperError {
  return invalidConfig(`Cannot check ${path}: ${why}.`, { cause });
}
