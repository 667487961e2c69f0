import type { FatalOperators } from '../../../graph-facts.ts';

/** Operators of ONNX Runtime 1.30 that end the process, or never end, over tensors of a kind, where others fail the run. */
const FATAL = {
  empty: [
    'ai.onnx:LSTM',
    'ai.onnx:GRU',
    'com.microsoft:DynamicQuantizeLSTM',
    'ai.onnx:InstanceNormalization',
  ],
  emptyExtent: ['ai.onnx:Conv', 'com.microsoft:FusedConv'],
  leastInteger: ['ai.onnx:Div', 'ai.onnx:Mod'],
} as const satisfies Record<keyof FatalOperators, readonly string[]>;

/** @param operators of a graph, as `domain:operator` */
export function fatalOperators(operators: ReadonlySet<string>): FatalOperators {
  const found = Object.entries(FATAL).flatMap(([kind, ids]) => {
    const id = ids.find((one) => operators.has(one));
    return id === undefined ? [] : [[kind, id.slice(id.indexOf(':') + 1)]];
  });
  return Object.fromEntries(found) as FatalOperators;
}
