/** The reference classifier of windows of numbers: what sensors gave in one while or in many, as JSON or CSV. */
import { openGraph } from '../../sdk/assembly';
import {
  Answer,
  Description,
  FileInput,
  IntegerParameter,
  JsonInput,
  JsonOutput,
  LabelsOutput,
  Predictor,
  Request,
  servePredictor,
} from '../../sdk/assembly/worlds/prediction';
import { readCsv } from './csv';
import { windowPort } from './graph';
import { readJson, rowsSchema, windowsSchema } from './json';
import { TIMELINE_SCHEMA, best, readLabels, timeline } from './labels';
import { Recording, refuse } from './recording';
import { Scanner } from './scanner';
import { readSettings } from './settings';
import { Windows } from './windows';

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
          `CSV, a line for each step with ${row}, and a blank one between windows; or JSON, as "rows" or "windows" takes it.`,
        ).optional(),
      )
      .input(new JsonInput('rows', `A list of steps, each ${row}.`, rowsSchema(port.channels)).optional())
      .input(
        new JsonInput(
          'windows',
          'A list of windows, each a list of steps.',
          windowsSchema(port.channels, settings.mostWindows),
        ).optional(),
      )
      .parameter(
        new IntegerParameter('top_k', 'How many labels are given, those of the best scores.')
          .atLeast(1)
          .withDefault(5),
      )
      .parameter(
        new IntegerParameter('window', 'Steps of the windows that a longer recording is cut into.')
          .atLeast(1)
          .atMost(settings.longest),
      )
      .parameter(
        new IntegerParameter(
          'stride',
          'Steps from the start of such a window to that of the next: as many as it has, where this is not said.',
        ).atLeast(1),
      )
      .output(
        new LabelsOutput(
          'labels',
          'Best first, by the mean of all windows; the scores of all labels sum to 1.',
        ),
      )
      .output(
        new JsonOutput(
          'timeline',
          'The best label of each window, where there may be several.',
          TIMELINE_SCHEMA,
        ).optional(),
      );
  }

  predict(request: Request): Answer | null {
    const settings = readSettings();
    const context = settings ? openGraph(settings.graph) : null;
    const labels = readLabels();
    const port = context && labels ? windowPort(context, labels.length) : null;
    if (!settings || !context || !labels || !port) return null;
    const recording = new Recording(port.channels);
    const windows = new Windows(recording);
    const parameters = request.parameters;
    const length = parameters.has('window') ? parameters.integer('window') : 0;
    const stride = parameters.has('stride') ? parameters.integer('stride') : length;
    if (!read(request, recording) || !windows.cut(length, stride, settings.mostWindows, settings.longest))
      return null;
    const scores = windows.classify(context, port, labels.length);
    if (!scores) return null;
    const answer = new Answer().labels('labels', best(scores, labels, parameters.integer('top_k')));
    if ((length > 0 || windows.count > 1) && request.wants('timeline'))
      answer.json('timeline', timeline(scores, labels, windows));
    return answer;
  }
}

/** Reads what a request gives; false, with a failure, where it is no numbers. */
function read(request: Request, recording: Recording): bool {
  const inputs = request.inputs;
  if (<i32>inputs.has('file') + <i32>inputs.has('rows') + <i32>inputs.has('windows') != 1)
    return refuse('give one of "file", "rows" and "windows"');
  if (request.parameters.has('stride') && !request.parameters.has('window'))
    return refuse('"stride" says where the next "window" begins: give both');
  if (inputs.has('rows')) return readJson(bytesOf(inputs.json('rows')), recording);
  if (inputs.has('windows')) return readJson(bytesOf(inputs.json('windows')), recording);
  const file = inputs.file('file');
  return beginsAsJson(file) ? readJson(file, recording) : readCsv(file, recording);
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
