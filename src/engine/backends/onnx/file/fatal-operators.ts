import type { FatalOperators } from '../../../graph-facts.ts';
import type { ModelFacts } from './inspect-model.ts';

/** Operators of ONNX Runtime 1.30 that end the process, or never end, over tensors of a kind, where others fail the run. */
const FATAL = {
  empty: [
    'ai.onnx:LSTM',
    'ai.onnx:GRU',
    'ai.onnx:InstanceNormalization',
    'ai.onnx:TopK',
    'ai.onnx:Unique',
    'ai.onnx:RoiAlign',
    'ai.onnx:Multinomial',
    'ai.onnx:DFT',
    'ai.onnx.ml:FeatureVectorizer',
    'com.microsoft:DynamicQuantizeLSTM',
    'com.microsoft:QLinearAdd',
    'com.microsoft:QLinearMul',
    'com.microsoft:QLinearSoftmax',
    'com.microsoft:Inverse',
  ],
  unstatedRank: [
    'ai.onnx:LSTM',
    'ai.onnx:GRU',
    'ai.onnx:RNN',
    'ai.onnx:RoiAlign',
    'ai.onnx:Multinomial',
    'ai.onnx:STFT',
    'ai.onnx:ReverseSequence',
    'ai.onnx:Einsum',
    'com.microsoft:CropAndResize',
  ],
  emptyOfUnstatedRank: ['ai.onnx:Concat', 'com.microsoft:QLinearConcat'],
  leastInteger: ['ai.onnx:Div', 'ai.onnx:Mod'],
} as const satisfies Partial<Record<keyof FatalOperators, readonly string[]>>;

/** Between the first two these become an operator over whole numbers as the session is made. */
const QUANTIZED = ['ai.onnx:DequantizeLinear', 'ai.onnx:QuantizeLinear'];
const FATAL_WHERE_QUANTIZED = { empty: ['ai.onnx:Add', 'ai.onnx:Mul'] } as const;

/** @param facts operators of a graph, as `domain:operator`, and which of its inputs may be kernels */
export function fatalOperators({
  operators,
  inputs,
  kernels,
}: Pick<ModelFacts, 'operators' | 'inputs' | 'kernels'>): FatalOperators {
  const isQuantized = QUANTIZED.every((id) => operators.has(id));
  return {
    ...(isQuantized && firstOf(FATAL_WHERE_QUANTIZED, operators)),
    ...firstOf(FATAL, operators),
    ...(inputs.some(({ name }) => kernels.has(name)) && { emptyExtent: 'Conv' }),
  };
}

/** The name of the first operator of each kind that the graph has. */
function firstOf(
  kinds: Readonly<Record<string, readonly string[]>>,
  operators: ReadonlySet<string>,
): FatalOperators {
  const found = Object.entries(kinds).flatMap(([kind, ids]) => {
    const id = ids.find((one) => operators.has(one));
    return id === undefined ? [] : [[kind, id.slice(id.indexOf(':') + 1)]];
  });
  return Object.fromEntries(found) as FatalOperators;
}
