/** Takes every kind of input and parameter, and gives back what it got as every kind of output. */
import {
  ANY_SIZE,
  FailureKind,
  JsonKind,
  JsonValue,
  JsonWriter,
  fail,
  parseJson,
} from '../../../../components/sdk/assembly';
import {
  Answer,
  BooleanParameter,
  BoundedSize,
  Description,
  ElementType,
  FileInput,
  IntegerParameter,
  JsonInput,
  JsonOutput,
  LabelsOutput,
  MediaOutput,
  NumberParameter,
  PictureInput,
  PixelFormat,
  Predictor,
  Region,
  Request,
  ScoredLabel,
  SoundInput,
  TensorInput,
  TensorOutput,
  TextInput,
  TextOutput,
  TextParameter,
  readRegion,
  readSound,
  servePredictor,
  soundLength,
} from '../../../../components/sdk/assembly/worlds/prediction';

export { cabi_realloc, describe, predict } from '../../../../components/sdk/assembly/worlds/prediction';

const SETTINGS = `{ "type": "object", "properties": { "note": { "type": "string" } } }`;

class EveryValue extends Predictor {
  describe(): Description {
    const size = new BoundedSize(16, 4, true);
    return new Description()
      .input(new PictureInput('photos', 'Pictures.', size).withRegions().repeated())
      .input(new SoundInput('sound', 'A sound.', 16_000).optional())
      .input(new TextInput('text', 'A text.').optional())
      .input(new FileInput('file', 'A file.').optional())
      .input(new JsonInput('settings', 'Settings.', SETTINGS).optional())
      .input(new TensorInput('tensor', 'Numbers.', ElementType.Int32, [2, ANY_SIZE]).optional())
      .parameter(new BooleanParameter('loud', 'In capitals.').withDefault(false))
      .parameter(new IntegerParameter('times', 'How often.').atLeast(1).atMost(3).withDefault(1))
      .parameter(new NumberParameter('share', 'A number that need not be given.'))
      .parameter(new TextParameter('colour', 'One of two.').oneOf(['red', 'green']).withDefault('red'))
      .output(new JsonOutput('told', 'All that was given.'))
      .output(new TextOutput('text', 'The text again.').optional())
      .output(new LabelsOutput('labels', 'The colour.'))
      .output(new TensorOutput('tensor', 'The numbers again.', ElementType.Int32, [2, ANY_SIZE]).optional())
      .output(new MediaOutput('file', 'The file again.', ['application/octet-stream']).optional());
  }

  predict(request: Request): Answer | null {
    const inputs = request.inputs;
    const parameters = request.parameters;
    const told = new JsonWriter().object().key('photos').array();
    for (let i = 0; i < inputs.count('photos'); i++) tellPicture(told, request, i);
    told.end();
    if (inputs.has('sound')) tellSound(told, inputs.sound('sound'));
    if (inputs.has('settings')) {
      const settings = parseJson(inputs.json('settings'));
      if (!settings) {
        fail(FailureKind.InvalidInput, 'the settings are no JSON');
        return null;
      }
      told.key('settings');
      tellJson(told, settings);
    }
    told.key('times').number(parameters.integer('times'));
    if (parameters.has('share')) told.key('share').number(parameters.number('share'));
    const answer = new Answer().labels('labels', [new ScoredLabel(parameters.text('colour'), 0.75)]);
    answer.report();
    if (inputs.has('text')) {
      const text = inputs.text('text').repeat(<i32>parameters.integer('times'));
      answer.text('text', parameters.boolean('loud') ? text.toUpperCase() : text);
    }
    if (inputs.has('tensor')) answer.tensor('tensor', inputs.tensor('tensor'));
    if (inputs.has('file') && request.wants('file')) {
      answer.media('file', 'application/octet-stream', inputs.file('file'));
    }
    return answer.json('told', told.end().text);
  }
}

function tellPicture(told: JsonWriter, request: Request, index: i32): void {
  const picture = request.inputs.picture('photos', index);
  // The right half of the client's own picture, in one pixel.
  const half = <f32>picture.originalWidth / 2;
  const region = new Region(half, 0, half, <f32>picture.originalHeight);
  const pixel = readRegion('photos', region, 1, 1, PixelFormat.Rgb8, index);
  told.object();
  told.key('width').number(picture.width).key('height').number(picture.height);
  told.key('bytes').number(picture.pixels.length);
  told
    .key('originalWidth')
    .number(picture.originalWidth)
    .key('originalHeight')
    .number(picture.originalHeight);
  told.key('left').number(picture.left).key('scaleX').number(picture.scaleX);
  told.key('end').number(picture.originalX(<f32>picture.width));
  told.key('right').array().number(pixel[0]).number(pixel[1]).number(pixel[2]).end();
  told.end();
}

function tellSound(told: JsonWriter, samples: u64): void {
  told.key('samples').number(samples).key('length').number(soundLength('sound'));
  const window = readSound('sound', samples / 2, 4);
  told.key('window').array();
  for (let i = 0; i < window.length; i++) told.number(window[i]);
  told.end();
}

function tellJson(told: JsonWriter, value: JsonValue): void {
  if (value.kind == JsonKind.None) told.none();
  if (value.kind == JsonKind.Boolean) told.boolean(value.boolean);
  if (value.kind == JsonKind.Number) told.number(value.number);
  if (value.kind == JsonKind.String) told.string(value.string);
  if (value.kind == JsonKind.Array) {
    told.array();
    for (let i = 0; i < value.items.length; i++) tellJson(told, value.items[i]);
    told.end();
  }
  if (value.kind == JsonKind.Object) {
    told.object();
    for (let i = 0; i < value.items.length; i++) tellJson(told.key(value.keys[i]), value.items[i]);
    told.end();
  }
}

servePredictor(new EveryValue());
