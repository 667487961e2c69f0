/**
 * Bodies of an inference by tensors that are meant to cost the service far more than their bytes, by what they are.
 * The model takes one input `x` of any length.
 *
 * @param bytes of each, about
 */
export function hostileJson(bytes: number): Readonly<Record<string, string>> {
  const room = bytes - 200;
  const many = (part: string | ((index: number) => string)): string => {
    const parts: string[] = [];
    for (let length = 0, index = 0; length < room; index++) {
      const next = typeof part === 'string' ? part : part(index);
      parts.push(next);
      length += next.length + 1;
    }
    return parts.join(',');
  };
  const data = (elements: string, datatype = 'FP32', shape: string | number = 1): string =>
    `{"inputs":[{"name":"x","shape":[${shape}],"datatype":"${datatype}","data":[${elements}]}]}`;
  const digits = (count: number): string => '9'.repeat(count);
  return {
    'an integer of all its digits': data(digits(room), 'INT64'),
    'a negative integer of all its digits': data(`-${digits(room)}`, 'INT64'),
    'an integer of all its digits as a parameter': `{"parameters":{"a":${digits(room)}},"inputs":[]}`,
    'integers of 30 digits': data(many(digits(30)), 'INT64'),
    'an integer of 20 digits among small ones': data(`${many('1')},${digits(20)}`, 'UINT64'),
    'integers of 20 digits': data(many(digits(20)), 'UINT64'),
    'a fraction of all its digits': data(`0.${digits(room)}`, 'FP64', 2),
    'an exponent of all its digits': data(`1e${digits(room)}`, 'FP64'),
    'names without end': `{${many((index) => `"${index.toString(36)}":1`)}}`,
    'names that are numbers': `{${many((index) => `"${index * 65_537}":1`)}}`,
    'parameters without end': `{"inputs":[],"parameters":{${many((index) => `"k${index}":1`)}}}`,
    'one name again and again': `{${many('"inputs":[]')}}`,
    'objects of __proto__': `{${many('"__proto__":{}')}}`,
    'tensors without end': `{"inputs":[${many((index) => `{"name":"x${index}","k${index}":2}`)}]}`,
    'dimensions that are text': `{"inputs":[{"name":"x","datatype":"FP32","data":[],"shape":[${many('"a"')}]}]}`,
    'dimensions that are negative': `{"inputs":[{"name":"x","datatype":"FP32","data":[],"shape":[${many('-1')}]}]}`,
    'objects in the place of elements': data(many('{}')),
    'empty lists in the place of elements': data(many('[]')),
    'lists of lists': data(many('['.repeat(90) + ']'.repeat(90))),
    'lists without end': '['.repeat(bytes),
    'objects without end': '{"a":'.repeat(bytes / 5),
    'small numbers': data(many('1'), 'INT32'),
    'texts without end': data(many('"a"'), 'BYTES'),
    'a text of escapes': data(`"${'\\u0041'.repeat(room / 6)}"`, 'BYTES', 2),
    'a text of quotes': data(`"${'\\"'.repeat(room / 2)}"`, 'BYTES', 2),
    'a text of backslashes': data(`"${'\\\\'.repeat(room / 2)}"`, 'BYTES', 2),
    'a text that does not end': data(`"${'a'.repeat(room)}`, 'BYTES'),
    'half of a surrogate pair': data(`"${'\\ud800'.repeat(room / 6)}"`, 'BYTES'),
    'nothing but spaces': ' '.repeat(bytes),
    'spaces between': data(many(`1${' '.repeat(1_000)}`), 'FP32'),
  };
}
