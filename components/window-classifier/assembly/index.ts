/** The reference classifier of windows of numbers: what sensors gave in a while, as JSON or CSV. */
import { FailureKind, Inputs, fail, openGraph } from '../../sdk/assembly';
import {
  Answer,
  Description,
  FileInput,
  IntegerParameter,
  JsonInput,
  LabelsOutput,
  Predictor,
  Request,
  servePredictor,
} from '../../sdk/assembly/worlds/prediction';
import { readCsv } from './csv';
import { windowPort } from './graph';
import { readRows, rowsSchema } from './json';
import { best, readLabels } from './labels';
import { Scanner } from './scanner';
import { readSettings } from './settings';
import { Window } from './window';

export { cabi_realloc, describe, predict } from '../../sdk/assembly/worlds/prediction';

class WindowClassifier extends Predictor {
  describe(): Description | null {
    const settings = readSettings();
    const context = settings ? openGraph(settings.graph) : null;
    const labels = readLabels();
    const port = context && labels ? windowPort(context, labels.length) : null;
    if (!settings || !labels || !port) return null;
    const row = port.channels == 1 ? 'one number' : `${port.channels} numbers`;
    return new Description()
      .input(
        new FileInput(
          'file',
          `CSV, a line for each step with ${row}; or JSON, as "rows" takes it.`,
        ).optional(),
      )
      .input(
        new JsonInput(
          'rows',
          `A list of steps, each ${row}.`,
          rowsSchema(port.channels, settings.longest),
        ).optional(),
      )
      .parameter(
        new IntegerParameter('top_k', 'How many labels are given, those of the best scores.')
          .atLeast(1)
          .withDefault(5),
      )
      .output(new LabelsOutput('labels', 'Best first; the scores of all labels sum to 1.'));
  }

  predict(request: Request): Answer | null {
    const settings = readSettings();
    const context = settings ? openGraph(settings.graph) : null;
    const labels = readLabels();
    const port = context && labels ? windowPort(context, labels.length) : null;
    if (!settings || !context || !labels || !port) return null;
    const window = readWindow(request, new Window(port.channels, settings.longest));
    if (!window) return null;

    const outputs = context.compute(new Inputs().set(port.name, window.toTensor()));
    const output = outputs ? outputs.take('') : null;
    const scores = output ? output.floats() : null;
    if (!scores) return null;
    return new Answer().labels('labels', best(scores, labels, request.parameters.integer('top_k')));
  }
}

/** The window of a request; null, with a failure, where it is none that the graph takes. */
function readWindow(request: Request, window: Window): Window | null {
  const inputs = request.inputs;
  if (inputs.has('rows') == inputs.has('file')) {
    fail(FailureKind.InvalidInput, 'give either "rows" or "file"');
    return null;
  }
  if (inputs.has('rows')) return readRows(bytesOf(inputs.json('rows')), window);
  const file = inputs.file('file');
  return beginsAsJson(file) ? readRows(file, window) : readCsv(file, window);
}

function beginsAsJson(file: Uint8Array): bool {
  const scanner = new Scanner(file);
  scanner.skipWhitespace();
  return scanner.peek() == 0x5b;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

servePredictor(new WindowClassifier());
