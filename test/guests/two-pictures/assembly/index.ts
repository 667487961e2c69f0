/** Two pictures and a text in, JSON and a tensor out: a task that the host has never heard of. */
import { JsonWriter } from '../../../../components/sdk/assembly';
import {
  Answer,
  Description,
  ElementType,
  ExactSize,
  Fit,
  JsonOutput,
  NumberParameter,
  Picture,
  PictureInput,
  Predictor,
  Request,
  TensorOutput,
  TensorValue,
  TextInput,
  servePredictor,
} from '../../../../components/sdk/assembly/worlds/prediction';

export { cabi_realloc, describe, predict } from '../../../../components/sdk/assembly/worlds/prediction';

const SIDE: u32 = 8;
const CHANNELS: i32 = 3;

const SCHEMA = `{
  "type": "object",
  "properties": {
    "caption": { "type": "string" },
    "same": { "type": "boolean" },
    "difference": { "type": "number", "minimum": 0, "maximum": 255 }
  },
  "required": ["caption", "same", "difference"],
  "additionalProperties": false
}`;

class TwoPictures extends Predictor {
  describe(): Description {
    const size = new ExactSize(SIDE, SIDE, Fit.Stretch);
    return new Description()
      .input(new PictureInput('first', 'The one picture.', size))
      .input(new PictureInput('second', 'The other picture.', size))
      .input(new TextInput('caption', 'What both show; it comes back.'))
      .parameter(
        new NumberParameter('tolerance', 'Up to which difference two pictures are the same.')
          .atLeast(0)
          .atMost(255)
          .withDefault(4),
      )
      .output(new JsonOutput('comparison', 'How much they differ, in steps of colour.', SCHEMA))
      .output(new TensorOutput('colours', 'Their mean colours.', ElementType.Float32, [2, CHANNELS]));
  }

  predict(request: Request): Answer {
    const first = meanColour(request.inputs.picture('first'));
    const second = meanColour(request.inputs.picture('second'));
    const colours = new Float32Array(2 * CHANNELS);
    let difference: f32 = 0;
    for (let channel = 0; channel < CHANNELS; channel++) {
      colours[channel] = first[channel];
      colours[CHANNELS + channel] = second[channel];
      difference = max<f32>(difference, abs<f32>(first[channel] - second[channel]));
    }
    const comparison = new JsonWriter()
      .object()
      .key('caption')
      .string(request.inputs.text('caption'))
      .key('same')
      .boolean(difference <= request.parameters.number('tolerance'))
      .key('difference')
      .number(difference)
      .end();
    return new Answer()
      .json('comparison', comparison.text)
      .tensor('colours', TensorValue.ofFloats([2, CHANNELS], colours));
  }
}

function meanColour(picture: Picture): Float32Array {
  const means = new Float32Array(CHANNELS);
  const pixels = picture.pixels;
  for (let i = 0; i < pixels.length; i++) means[i % CHANNELS] += pixels[i];
  for (let channel = 0; channel < CHANNELS; channel++) means[channel] /= <f32>(pixels.length / CHANNELS);
  return means;
}

servePredictor(new TwoPictures());
