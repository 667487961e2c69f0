import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { AddRequest, Candidate } from '../scaffold/add-model.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { forShell } from '../scaffold/for-shell.ts';
import { settingsOf } from './setting-flags.ts';

interface Flags extends Omit<AddRequest, 'graph'> {
  models?: string;
}

/** `sandpiper add`: makes a model folder from an ONNX file. */
export function addAddCommand(program: Command): void {
  program
    .command('add')
    .description('make a model folder of an image classifier: its ONNX file, its labels and a picture')
    .argument('<graph>', 'the ONNX file')
    .option('--labels <file>', 'text with the label of class n in line n + 1; needed')
    .option('--sample <picture>', 'a picture that the model is tried with, now and at every start; needed')
    .option('--name <name>', 'of the model (default: that of the file)')
    .option('--expect <label>', 'what the picture shows; else you are asked, or the surest answer is taken')
    .option('--mean <numbers>', 'a pixel p becomes (p - mean) / std; one number, or one per channel')
    .option('--std <numbers>', 'see --mean (default: both are found by the picture)')
    .option('--size <pixels>', 'side of the picture, where the graph takes any')
    .option('--licence <expression>', "SPDX expression of the model's licence")
    .option('--source <text>', 'where the model comes from')
    .option('--models <directory>', 'directory of model folders')
    .action(add);
}

/** @throws SandpiperError `invalid-model`, `invalid-config` */
async function add(graph: string, { models, ...flags }: Flags): Promise<void> {
  const settings = settingsOf({ '--models': models, '--log-level': 'warn' });
  const [{ addModel }, { createLogger }] = await Promise.all([
    import('../scaffold/add-model.ts'),
    import('../telemetry/logger.ts'),
  ]);
  const { folder, name, sample, about, notes, chosen } = await addModel({ graph, ...flags }, settings, {
    logger: createLogger(settings),
    ...(process.stdin.isTTY && process.stdout.isTTY && { choose: ask }),
  });
  const { mean, std } = chosen.config;
  const lines = [
    `Wrote ${folder}: image classification by the built-in component.`,
    ...about.map((line) => `  ${line}`),
    `  pixels (p - ${mean}) / ${std}: ${chosen.title}`,
    '',
    `${sample}: ${answerOf(chosen)}`,
    ...notes.map((note) => `Note: ${note}.`),
    '',
    `Serve it: sandpiper serve${models === undefined ? '' : ` --models ${models}`}`,
    `Ask it:   curl --data-binary ${forShell(`@${sample}`)} http://${settings.host}:${settings.port}/models/${name}`,
  ];
  process.stdout.write(`${lines.map(escapeControls).join('\n')}\n`);
}

/** Shows the answer under each normalisation and asks the user to choose. */
async function ask(candidates: readonly Candidate[]): Promise<Candidate> {
  const list = candidates.map((one, index) => `  ${index + 1}  ${answerOf(one)}   (${one.title})`);
  process.stdout.write(`What does the picture show?\n${list.map(escapeControls).join('\n')}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (;;) {
      const answer = (await terminal.question(`1 to ${candidates.length} [1]: `)).trim();
      const chosen = candidates[Number(answer || 1) - 1];
      if (chosen !== undefined) return chosen;
    }
  } finally {
    terminal.close();
  }
}

function answerOf({ trial }: Candidate): string {
  return trial.best.map(({ label, score }) => `${label} (${score.toFixed(2)})`).join(', ');
}
