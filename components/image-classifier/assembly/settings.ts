/** The configuration of an image classifier. README.md lists the keys. */
import {
  TensorType,
  configChoice,
  configInteger,
  configNumber,
  configNumbers,
  configText,
  failed,
  refuseUnknownConfig,
} from '../../sdk/assembly';
import {
  FILTERS,
  FITS,
  ImageInput,
  PIXEL_FORMATS,
  SCORE_FUNCTIONS,
} from '../../sdk/assembly/worlds/image-classification';

const LARGEST_SIDE: i32 = 4096;
const LARGEST_TOP_K: i32 = 100_000;

/** The types that a pixel can become, beside their names in the configuration. */
const INPUT_TYPES: TensorType[] = [TensorType.FP32, TensorType.FP16, TensorType.U8];
const INPUT_TYPE_NAMES: string[] = ['FP32', 'FP16', 'U8'];

export class Settings {
  graph: string = configText('graph', 'model');
  inputName: string = configText('input', 'input');
  /** Empty: the graph's first output. */
  outputName: string = configText('output', '');

  image: ImageInput = new ImageInput();
  channels: i32 = 3;
  /** One of each per channel; a pixel p becomes (p - mean) / std. */
  mean: f64[] = [];
  std: f64[] = [];
  /** Channel after channel (NCHW) instead of pixel after pixel (NHWC). */
  planar: bool = configChoice('layout', 'nchw', ['nchw', 'nhwc']) == 0;
  type: TensorType = INPUT_TYPES[configChoice('type', 'FP32', INPUT_TYPE_NAMES)];

  scoreFunction: i32 = configChoice('score-function', 'softmax', SCORE_FUNCTIONS);
  topK: i32 = configInteger('top-k', 5, 1, LARGEST_TOP_K);

  /** The dimensions of the graph's input for one picture. */
  get dimensions(): u32[] {
    const width = this.image.width;
    const height = this.image.height;
    return this.planar ? [1, this.channels, height, width] : [1, height, width, this.channels];
  }
}

/** Reads the configuration; null, with a failure, if a value cannot be used or a key is unknown. */
export function readSettings(): Settings | null {
  const settings = new Settings();
  const image = settings.image;
  image.width = configInteger('width', 224, 1, LARGEST_SIDE);
  image.height = configInteger('height', image.width, 1, LARGEST_SIDE);
  image.fit = <u8>configChoice('fit', 'crop', FITS);
  image.cropFraction = <f32>configNumber('crop-fraction', 0.875, 0.01, 1);
  image.filter = <u8>configChoice('filter', 'bilinear', FILTERS);
  image.format = <u8>configChoice('format', 'rgb8', PIXEL_FORMATS);
  settings.channels = image.format == 0 ? 3 : 1;
  settings.mean = configNumbers('mean', 0, settings.channels, -Infinity);
  settings.std = configNumbers('std', 1, settings.channels, 0);
  refuseUnknownConfig();
  return failed() ? null : settings;
}
