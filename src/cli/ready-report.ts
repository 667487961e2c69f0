import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Settings } from '../config/settings.ts';
import type { Sandpiper } from '../index.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { forShell } from '../scaffold/for-shell.ts';

export interface ReadyFacts {
  readonly url: string;
  readonly sandpiper: Pick<Sandpiper, 'samples' | 'notServed' | 'models'>;
  readonly settings: Pick<Settings, 'models' | 'keys'>;
  /** Time since the start of the process. */
  readonly startMs: number;
}

/** Most columns of a transcript, which is then cut. */
const answerWidth = 56;

/** For a program: one line of JSON. */
export function readyLine({ url, sandpiper, startMs }: ReadyFacts): string {
  const { samples, notServed } = sandpiper;
  return `${JSON.stringify({ event: 'ready', url, startMs: Math.round(startMs), samples, notServed })}\n`;
}

/** For a person: the address, each model's answer to its sample, and a command to copy. */
export function readyReport(facts: ReadyFacts): string {
  const rows = facts.sandpiper.samples.map(({ model, sample, answer, ms }) => [
    escapeControls(model),
    escapeControls(sample),
    cut(escapeControls(answer)),
    ms.toFixed(0),
  ]);
  const table = alignColumns([['model', 'sample', 'answer', 'ms'], ...rows]);
  const [head = '', ...body] = table.map((line) => `  ${line}`);
  return [
    `${bold('Sandpiper')} is ready on ${bold(facts.url)} after ${(facts.startMs / 1_000).toFixed(1)} s.`,
    '',
    styleText('dim', head, { stream: process.stdout }),
    ...body,
    ...notServedLines(facts),
    ...tryLine(facts),
    '',
  ].join('\n');
}

function notServedLines({ sandpiper: { notServed } }: ReadyFacts): string[] {
  if (notServed.length === 0) return [];
  const lines = notServed.map(
    ({ model, version, reason }) => `  ${escapeControls(`${model}/${version}: ${reason}`)}`,
  );
  return [
    '',
    bold(notServed.length === 1 ? 'One model is not served:' : `${notServed.length} models are not served:`),
    ...lines,
  ];
}

function tryLine({ url, sandpiper, settings }: ReadyFacts): string[] {
  const key = settings.keys === undefined ? '' : '--header "Authorization: Bearer $KEY" ';
  const files = sandpiper
    .models()
    .filter(({ contract, prediction }) => contract !== 'tensors' && takesOneFile(prediction));
  for (const { model, sample } of sandpiper.samples) {
    const version = files.find(({ name }) => name === model)?.version;
    const file = join(settings.models, model, String(version), sample);
    // A sample of several values has no file of its name.
    if (version !== undefined && existsSync(file))
      return ['', `Try it: curl ${key}--data-binary ${forShell(`@${file}`)} ${url}/models/${model}`];
  }
  return [];
}

/** Whether its sample is a file that can be sent as it is. */
function takesOneFile(prediction: ReturnType<Sandpiper['models']>[number]['prediction']): boolean {
  if (prediction === undefined) return true;
  const needed = prediction.inputs.filter(({ occurrence }) => occurrence !== 'optional');
  const [first, second] = needed;
  return second === undefined && first !== undefined && ['picture', 'sound', 'file'].includes(first.kind);
}

/** Aligns text columns left and the last column, numbers, right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === row.length - 1 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  '),
  );
}

function cut(text: string): string {
  return text.length > answerWidth ? `${text.slice(0, answerWidth - 1)}…` : text;
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}
