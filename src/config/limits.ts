/**
 * Every limit of the service in one table: what it bounds, its default, and whether a model's manifest may
 * set its own. Sizes are bytes and times milliseconds unless the name says otherwise.
 */

import { MACHINE } from './machine.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** Memory of the machine, or of the container if that has less. */
const MEMORY_BYTES = MACHINE.memoryBytes;
const QUARTER_BYTES = Math.floor(MEMORY_BYTES / 4);

/** Limits that a model's manifest may set under `limits`. */
export const MODEL_LIMITS = {
  /** Linear memories of one component instance, together. */
  memoryBytes: 32 * MiB,
  /** Elements of one component instance's tables, together. */
  tableElements: 100_000,
  /** Time of a request from arrival to answer. For speech the duration of the sound is added. */
  deadlineMs: 10_000,
  /** Time for a component to be instantiated. */
  startMs: 1_000,
  /** One tensor. */
  tensorBytes: 128 * MiB,
  /** All tensors of a request that live at one moment. */
  requestTensorBytes: 256 * MiB,
  /** Tensors, graphs and contexts of a request that live at one moment. */
  liveResources: 4_096,
  /** `compute` calls of a request. */
  computeCalls: 100_000,
  /** A component's result, and all the progress that it reports. */
  outputBytes: 4 * MiB,
  /** Log lines of a request, together. */
  logBytes: 64 * KiB,
  /** One asset of the model's manifest. */
  assetBytes: 16 * MiB,
  /** Files of the folders that the manifest grants, together. */
  folderBytes: 64 * MiB,
  /** Outgoing HTTP of a request, in each direction. */
  httpBytes: 16 * MiB,
  /** Files of one request to a component model by tensors. */
  batchSize: 32,
  /** Requests of a model that wait, beside as many as there are guest threads. */
  queueLength: 64,
} as const;

export type ModelLimits = { readonly [name in keyof typeof MODEL_LIMITS]: number };

/** Limits of a command under `sandpiper run` that differ from a model's: it brings its own runtime and model. */
export const COMMAND_LIMITS = {
  memoryBytes: 512 * MiB,
  /** Files of the folders that it is given, together. */
  folderBytes: 256 * MiB,
  /** Time from its start to its end. */
  deadlineMs: 600_000,
  tensorBytes: 512 * MiB,
  requestTensorBytes: 512 * MiB,
} as const satisfies Partial<ModelLimits>;

/** Limits of the whole service, set by flags or environment. */
export const SERVICE_LIMITS = {
  /** An uploaded file. */
  uploadBytes: 25_000_000,
  /** The body of an inference by tensors, decompressed. */
  tensorBodyBytes: 64 * MiB,
  /** The same as JSON, which takes ten times its bytes while it is parsed; also one tensor of an answer as JSON. */
  tensorJsonBytes: 4 * MiB,
  /** Time to read or write one long JSON text, on a thread of its own. */
  jsonMs: 10_000,
  /** Elements of a BYTES tensor, each of which is an object in memory however short it is. */
  bytesElements: 65_536,
  /** Bodies that are being read, together; at most a quarter of the memory. */
  maxBodyBytesInFlight: Math.min(256 * MiB, QUARTER_BYTES),
  /** Uploaded files of all requests that wait or run, together; at most a quarter of the memory. */
  maxQueuedBytes: Math.min(256 * MiB, QUARTER_BYTES),
  /** Transcriptions in progress: each holds a guest thread and its samples. */
  maxConcurrentTranscriptions: 4,
  /** Live sounds at one time, each of which holds a guest thread for as long as somebody speaks. */
  maxLiveSounds: 8,
  /** One message on a socket of live sound. */
  liveFrameBytes: MiB,
  /** A live sound of which nothing comes for so long is ended. */
  liveIdleMs: 120_000,
  /** A live sound in which nobody speaks for so long is ended. */
  liveSilenceMs: 600_000,
  /** So much of a live sound may lie here untranscribed; what comes faster is not read. */
  liveAheadMs: 10_000,
  /** Length of a live sound. */
  liveSoundSeconds: 4 * 60 * 60,
  /** Width x height of a picture before any scaling. */
  picturePixels: 65_000_000,
  /** Pixels that are kept of a picture whose regions a component may read; a larger one is scaled down to this. */
  regionPixels: 12_000_000,
  /** Scans of a JPEG, each of which covers all its pixels; ten are usual. */
  pictureScans: 100,
  /** Frames, pages or items of a picture, of which the first is shown. */
  pictureFrames: 10_000,
  /** Length of a sound after decoding. */
  soundSeconds: 30 * 60,
  /** Samples of all its channels together, at its own rate: 30 minutes of stereo at 48 kHz. */
  soundSamples: 30 * 60 * 2 * 48_000,
  /** Time to decode one picture. */
  pictureDecodeMs: 10_000,
  /** Memory of the process that decodes one slow picture; at most a quarter of the memory. */
  pictureMemoryBytes: Math.min(512 * MiB, QUARTER_BYTES),
  /** Slow pictures decoded at one time; one if there is less than a GiB of memory. */
  slowPictures: MEMORY_BYTES < 1_024 * MiB ? 1 : 2,
  /** Time of decoding one sound, without the time that it is held for others. */
  soundDecodeMs: 60_000,
  /** Time of one call of a sound decoder, which cannot be interrupted. */
  soundStallMs: 5_000,
  /** Memory of all runs of graphs together, without the graphs' weights; a quarter of the memory. */
  runMemoryBytes: QUARTER_BYTES,
  /** A component file. */
  componentBytes: 64 * MiB,
  /** Time to translate a component and to compile its suspect functions in every tier of the compiler. */
  compileMs: 30_000,
  /** Memory for that. */
  compiledBytes: 512 * MiB,
  /** Translated components on disk, together; the least recently used are evicted. */
  cacheBytes: 1_024 * MiB,
  /** CPU time to load one graph of a model folder. */
  graphLoadMs: 60_000,
  /** CPU time to load one graph that a component brings, while it serves a request. */
  guestGraphLoadMs: 1_000,
  /** Memory that loading one graph may take, beyond eight times its file. */
  graphLoadBytes: 512 * MiB,
  /** Linear memories of all instances at one time, prepared ones included. */
  allMemoryBytes: 4_096 * MiB,
  /** JavaScript heap of one guest thread; linear memory has limits of its own. */
  guestHeapBytes: 256 * MiB,
  /** Stack of one guest thread, which calls inside a component use up. */
  guestStackBytes: 4 * MiB,
  /** Interval of comments on a silent event stream, since proxies close silent connections. */
  sseKeepAliveMs: 15_000,
  /** How long a request of the Hugging Face convention waits for models that are still loading. */
  loadWaitMs: 30_000,
  /** Connections that are open at one time. */
  connections: 1_024,
  /** Open connections from one address; IPv6 addresses of one /64 network count as one. */
  connectionsPerAddress: 512,
  /** Requests on one connection, after which it is closed. */
  requestsPerConnection: 10_000,
  /** Unanswered requests on one connection, which are answered one after another. */
  pipelinedRequests: 8,
  /** Time that an idle connection is kept. */
  keepAliveMs: 60_000,
  /** Headers of a request, together. */
  headerBytes: 16 * KiB,
  /** Headers of a request. */
  headerCount: 100,
  /** Headers of a request have to come within this time. */
  headersMs: 10_000,
  /** A whole request has to come within this time. */
  requestMs: 300_000,
  /** Slowest pace of a body in bytes per second; it may fall behind by `uploadStallMs`. */
  uploadBytesPerSecond: 8_192,
  uploadStallMs: 10_000,
  /** Time after which a client that reads nothing of its answer is disconnected. */
  answerStallMs: 60_000,
  /** Memory that the service's process may allocate under a supervisor; three quarters of the memory. */
  processBytes: Math.floor(0.75 * MEMORY_BYTES),
  /** How long after its deadline a run may be stuck in one operator; if all are, the process is restarted. */
  stuckRunMs: 5_000,
  /** Time for requests in flight to finish after SIGTERM. */
  graceMs: 15_000,
} as const;

export type ServiceLimits = { readonly [name in keyof typeof SERVICE_LIMITS]: number };

/**
 * Limits of the core modules of one component, or of one core module that is a command. They are checked before
 * anything is compiled, and no setting changes them: the largest language runtimes (CPython, SpiderMonkey) stay
 * below all of them.
 */
export const CODE_LIMITS = {
  /** V8 takes 100 MB to optimise a function of this size, and 770 MB for its own maximum of 7 MB. */
  functionBytes: MiB,
  /** Parameters included. */
  functionLocals: 10_000,
  functionNesting: 5_000,
  /** Values on the stack of one function at one time. */
  functionValues: 10_000,
  /** Branches, blocks and targets of `br_table`, each times the locals and values on the stack. */
  functionMerges: 4 * MiB,
  /** Bytes of all loops of one function; nested loops count once per level. */
  functionLoopBytes: 16 * MiB,
  /** The last two limits for all functions together. */
  merges: 128 * MiB,
  loopBytes: 128 * MiB,
  /** Nested components, the outermost included. */
  components: 200,
  /** Canonical functions: lifted or lowered. */
  canonicals: 10_000,
  types: 10_000,
  /** Parameters and results of one function or block. */
  typeValues: 256,
  functions: 150_000,
  /** This and the following count once per instance of their module. */
  instances: 1_000,
  imports: 50_000,
  exports: 50_000,
  globals: 50_000,
  tags: 1_000,
  dataSegments: 100_000,
  elementSegments: 20_000,
  /** Bytes of element segments and of globals, initialiser expressions included. */
  elementBytes: 4 * MiB,
  globalBytes: MiB,
  /** JavaScript glue; also at most 2 MiB plus eight times the component's size. */
  glueBytes: 8 * MiB,
} as const;

export type CodeLimit = keyof typeof CODE_LIMITS;
