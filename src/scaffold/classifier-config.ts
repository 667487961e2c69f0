/** The configuration of the built-in image classifier for a graph, read from the graph's inputs and outputs. */
import type { GraphFacts, PortFacts } from '../engine/graph-facts.ts';
import { describePort } from './describe-port.ts';

export interface ClassifierConfig {
  /** `config` of model.json, without the normalisation and the score function. */
  config: Record<string, string>;
  /** Channels of the picture: 3, or 1 for grey. */
  channels: number;
  /** `input "x": FP32, 1 x 3 x 224 x 224, nchw`, for a person. */
  about: string[];
  /** Sizes that the graph leaves open, with the assumed values. */
  assumed: string[];
}

const TYPES: readonly string[] = ['FP32', 'FP16', 'U8'];
/** Side of a picture if the graph leaves it open. */
const USUAL_SIDE = 224;

/** A graph that the built-in component cannot serve, and why, as a part of a sentence. */
export class NoClassifier extends Error {}

/**
 * @param classes lines of the labels' file; undefined where there is none yet
 * @throws NoClassifier
 */
export function classifierConfig(facts: GraphFacts, classes: number | undefined): ClassifierConfig {
  const { input, config, channels, assumed } = pictureConfig(facts);
  const output = scoresOutput(facts.outputs, classes);
  if (output === undefined) throw noScores(facts.outputs, classes);
  return {
    config: { ...config, output: output.name },
    channels,
    about: [`input  ${describePort(input)}, ${config.layout}`, `output ${describePort(output)}`],
    assumed,
  };
}

/** The part of the configuration that says how the picture goes in. @throws NoClassifier for a graph that takes no picture */
export function pictureConfig({ inputs }: GraphFacts) {
  const needed = inputs.filter(({ optional }) => optional !== true);
  const [input] = needed;
  if (input === undefined || needed.length > 1)
    throw new NoClassifier(`it takes ${needed.length} inputs, and a picture is one`);
  const { layout, width, height, channels, assumed } = readInput(input);
  const config = {
    input: input.name,
    width: String(width),
    ...(height !== width && { height: String(height) }),
    ...(channels === 1 && { format: 'gray8' }),
    layout,
    type: input.type ?? 'FP32',
  };
  return { input, config, channels, assumed };
}

function readInput(input: PortFacts) {
  const { dimensions, name } = input;
  if (input.elementType === 'INT8' || input.elementType === 'BOOL' || !TYPES.includes(input.type ?? ''))
    throw new NoClassifier(
      `its input "${name}" is ${input.elementType}, and pixels become FLOAT, FLOAT16 or UINT8`,
    );
  if (dimensions?.length !== 4)
    throw new NoClassifier(`its input ${describePort(input)} is no picture, which has four dimensions`);
  const [batch, second, third, last] = dimensions;
  if (typeof batch === 'number' && batch !== 1)
    throw new NoClassifier(
      `its input "${name}" takes ${batch} pictures at a time; export it with a batch of 1, or an open one`,
    );
  const isChannels = (size: unknown): boolean => size === 3 || size === 1;
  const planar = isChannels(second) && !(last === 3 && second !== 3);
  if (!planar && !isChannels(last))
    throw new NoClassifier(
      `its input ${describePort(input)} has channels neither in the second place (nchw) nor in the last (nhwc)`,
    );
  const [height, width] = planar ? [third, last] : [second, third];
  const channels = Number(planar ? second : last);
  const fixed = [height, width].find((size) => typeof size === 'number');
  const side = typeof fixed === 'number' ? fixed : USUAL_SIDE;
  const sized = (size: unknown): number => (typeof size === 'number' ? size : side);
  const open = typeof height !== 'number' || typeof width !== 'number';
  return {
    layout: planar ? 'nchw' : 'nhwc',
    width: sized(width),
    height: sized(height),
    channels,
    assumed: open
      ? [`the graph takes pictures of any size: ${sized(width)} x ${sized(height)} was taken (--size)`]
      : [],
  };
}

/** The output with a score for each label. @param classes undefined for any number */
export function scoresOutput(
  outputs: readonly PortFacts[],
  classes: number | undefined,
): PortFacts | undefined {
  const scores = outputs.flatMap((output) => {
    const count = output.type === 'FP32' || output.type === 'FP16' ? scoresIn(output) : undefined;
    return count === undefined ? [] : [{ output, count }];
  });
  const fitting = scores.filter(({ count }) => classes === undefined || count === classes);
  const open = scores.filter(({ count }) => count === 'any');
  return [...fitting, ...open][0]?.output;
}

function noScores(outputs: readonly PortFacts[], classes: number | undefined): NoClassifier {
  const given = outputs.map(describePort).join('; ');
  return new NoClassifier(
    classes === undefined
      ? `no output of it is one list of scores for a picture (${given})`
      : `the labels have ${classes} lines, and no output of it has as many scores (${given})`,
  );
}

/** How many there are for one picture; undefined for what is no list of them, such as the boxes of a detector. */
function scoresIn({ dimensions }: PortFacts): number | 'any' | undefined {
  if (dimensions === undefined) return 'any';
  const ofOne = dimensions.length > 1 ? dimensions.slice(1) : dimensions;
  const [size = 1, ...more] = ofOne.filter((dimension) => dimension !== 1);
  if (more.length > 0) return undefined;
  return typeof size === 'number' ? size : 'any';
}
