/** In what this service answers otherwise than Triton 2.51, and why. Whatever is not here is to be the same. */

export interface Difference {
  /** As `differences` tells it. */
  readonly differs: readonly string[];
  readonly because: string;
}

const difference = (because: string, ...differs: string[]): Difference => ({ differs, because });

const FAULT = difference(
  'a fault of the request is its sender’s: 500 would have it sent again',
  '400 for 500',
);
const HEALTH = difference(
  'Triton says it by the status alone; KServe’s client and the specification want JSON',
  'json',
);
const UNLOADED = difference('as KServe: the name is wrong, or somebody was first', '404 for 200');
const BODY = difference('KServe’s own servers answer so; Triton with an empty body', 'json');
const NOT_HERE = difference('not here; the extension is not listed', '404 for 200');
const ONE_SLASH = difference('the specification’s OpenAPI document asks for `/v2/`', '200 for 404');
const METADATA = difference(
  'the platform is the graph’s and not that of the backend around it; `properties` is the specification’s',
  'json.platform',
  'json.properties',
);
const NOT_FOUND = difference('what is not there is a 404 everywhere, as in Triton’s metadata', '404 for 400');
const REASON = difference('the specification of the extension has `reason` always', 'json.*.reason');

/** By the request's name. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'server metadata': difference('the servers’ own', 'json.name', 'json.version', 'json.extensions'),
  'server metadata, with a slash': ONE_SLASH,
  live: HEALTH,
  ready: HEALTH,
  'ready, with a slash': difference('a slash at the end changes no route here', '200 for 404'),
  'model metadata': METADATA,
  'model metadata of a version': METADATA,
  'model ready': HEALTH,
  'model ready, of a version': HEALTH,
  'model ready, no such model': NOT_FOUND,
  'model ready, no such version': NOT_FOUND,
  'model config': difference(
    'what runs the graph is another; a batch may be as large as the limits allow',
    'json.platform',
    'json.backend',
    'json.version_policy.specific',
    'json.max_batch_size',
    'json.model_transaction_policy',
  ),
  'statistics after one request': difference(
    'batches are not counted by size',
    'json.model_stats.*.batch_stats',
  ),
  'a request in binary whose output says nothing': difference(
    'the extension’s text: an output overrides the request only where it says something',
    'json.outputs.*.parameters',
    'json.outputs.*.data',
    'type',
    'tensors',
  ),
  'request in a coding that nobody knows': difference('HTTP’s own status for it', '415 for 501'),
  'a small answer in gzip': difference('under 1 KiB, compressing costs more than it saves', 'coding'),
  'no JSON': FAULT,
  'an empty body': difference('Triton takes it for a raw request of an empty tensor', '400 for 200'),
  'JSON that is no object': FAULT,
  'no inputs': FAULT,
  'inputs that are no list': FAULT,
  'an input without a name': FAULT,
  'an input without a shape': FAULT,
  'an input without a datatype': FAULT,
  'more elements than the shape': FAULT,
  'fewer elements than the shape': FAULT,
  'a negative dimension': FAULT,
  'a dimension that is no whole number': FAULT,
  'a dimension that is text': FAULT,
  'batches of two sizes': difference('the graph itself takes them, by broadcasting', '200 for 400'),
  'text for a number': FAULT,
  'a number for BYTES': FAULT,
  'a number that is no whole one': FAULT,
  'a number out of range': difference('Triton wraps it around: 256 becomes 0', '400 for 200'),
  'a negative number for UINT8': FAULT,
  'null for a number': FAULT,
  'nesting beyond measure': difference(
    'the limit is that of later Tritons, and guards the parser',
    '400 for 200',
  ),
  'an output twice': difference('as later Tritons: it is a mistake', '400 for 200'),
  'outputs that are no list': FAULT,
  'an id that is no text': FAULT,
  'parameters that are no object': FAULT,
  'NaN in an answer in JSON': difference('Triton’s answer, `[NaN]`, is no JSON', '400 for 200'),
  'bytes of a negative size': FAULT,
  'a timeout that is text': FAULT,
  'a sequence': difference('Triton leaves it aside where the model has none; here none has', '400 for 200'),
  'shared memory': difference(
    'there is no shared memory, and so no region that could be missing',
    '400 for 404',
  ),
  models: difference('KServe’s own route', '200 for 404'),
  'statistics, no such model': NOT_FOUND,
  'trace settings': NOT_HERE,
  'log settings': NOT_HERE,
  'shared memory, its state': NOT_HERE,
  generate: difference('not here: it is for language models', '404 for 400'),
  index: REASON,
  'index of what is ready': REASON,
  'index, no JSON': FAULT,
  'index, ready is text': FAULT,
  'index, deep JSON': difference('the limit is that of later Tritons, and guards the parser', '400 for 200'),
  'load of what is loaded': BODY,
  'load, no such model': difference('the name is the sender’s fault', '404 for 500'),
  'load, no JSON': FAULT,
  'load with a file': FAULT,
  unload: BODY,
  'ready of what is unloaded': NOT_FOUND,
  'unload of what is unloaded': UNLOADED,
  'unload, no such model': UNLOADED,
  'unload with its dependents': BODY,
  load: BODY,
  'classification of BYTES': difference('Triton 2.51 dies of it', '400 for no answer'),
};
