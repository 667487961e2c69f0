/** Text in pictures: a detector finds lines, in any direction, and a recogniser reads them at full resolution. */
import { JsonWriter, openGraph } from '../../sdk/assembly';
import {
  Answer,
  BoundedSize,
  Description,
  JsonOutput,
  NumberParameter,
  Picture,
  PictureInput,
  Predictor,
  Request,
  TextOutput,
  servePredictor,
} from '../../sdk/assembly/worlds/prediction';
import { readAlphabet } from './alphabet';
import { detect } from './detector';
import { readingOrder } from './reading-order';
import { Line, recognise } from './recogniser';
import { readSettings } from './settings';

export { cabi_realloc, describe, predict } from '../../sdk/assembly/worlds/prediction';

/** The detector's own. */
const MULTIPLE: u32 = 32;

const SCHEMA = `{
  "type": "array",
  "description": "In reading order.",
  "items": {
    "type": "object",
    "properties": {
      "text": { "type": "string" },
      "score": { "type": "number", "minimum": 0, "maximum": 1 },
      "polygon": {
        "type": "array",
        "description": "Its corners in pixels of the picture, clockwise from where the text starts.",
        "items": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 },
        "minItems": 4,
        "maxItems": 4
      }
    },
    "required": ["text", "score", "polygon"],
    "additionalProperties": false
  }
}`;

class TextReader extends Predictor {
  describe(): Description | null {
    const settings = readSettings();
    if (!settings) return null;
    const size = new BoundedSize(settings.longestSide, MULTIPLE);
    return new Description()
      .input(new PictureInput('picture', 'What is read.', size).withRegions())
      .parameter(
        new NumberParameter('threshold', 'The score from which on a line is in the answer.')
          .atLeast(0)
          .atMost(1)
          .withDefault(0.5),
      )
      .output(new TextOutput('text', 'All lines, joined.'))
      .output(new JsonOutput('lines', 'Each line with its place.', SCHEMA));
  }

  predict(request: Request): Answer | null {
    const settings = readSettings();
    if (!settings) return null;
    const picture = request.inputs.picture('picture');
    const detector = openGraph(settings.detector);
    const recogniser = detector ? openGraph(settings.recogniser) : null;
    const alphabet = recogniser ? readAlphabet(recogniser) : null;
    if (!detector || !recogniser || !alphabet) return null;

    const found = detect(detector, picture, settings);
    if (!found) return null;
    const lines: Line[] = [];
    for (let i = 0; i < found.length; i++) lines.push(new Line(found[i].box));
    if (!recognise(recogniser, alphabet, lines, 'picture')) return null;

    const threshold = <f32>request.parameters.number('threshold');
    const read: Line[] = [];
    for (let i = 0; i < lines.length; i++) {
      if (lines[i].text.length > 0 && lines[i].score >= threshold) read.push(lines[i]);
    }
    const rows = readingOrder(read);
    return new Answer().text('text', joined(rows)).json('lines', written(rows, picture));
  }
}

/** A line of text for each row. */
function joined(rows: Line[][]): string {
  const texts: string[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row: string[] = [];
    for (let j = 0; j < rows[i].length; j++) row.push(rows[i][j].text);
    texts.push(row.join(' '));
  }
  return texts.join('\n');
}

function written(rows: Line[][], picture: Picture): string {
  const json = new JsonWriter().array();
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < rows[i].length; j++) {
      const line = rows[i][j];
      json.object().key('text').string(line.text).key('score').number(line.score).key('polygon').array();
      const corners = line.box.corners();
      for (let k = 0; k < corners.length; k++) {
        json.array().number(within(corners[k].x, picture.originalWidth));
        json.number(within(corners[k].y, picture.originalHeight)).end();
      }
      json.end().end();
    }
  }
  return json.end().text;
}

/** Within the picture, to a tenth of a pixel. */
function within(value: f32, side: u32): f64 {
  return Math.round(Math.max(0, Math.min(value, side)) * 10) / 10;
}

servePredictor(new TextReader());
