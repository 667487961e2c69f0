/**
 * Every limit of the service in one table: what it bounds, its default, and whether a model's manifest may
 * set its own. Sizes are bytes and times milliseconds unless the name says otherwise.
 */

import { MACHINE } from './machine.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** Of the machine, or of the container where that has less. */
const MEMORY_BYTES = MACHINE.memoryBytes;
const QUARTER_BYTES = Math.floor(MEMORY_BYTES / 4);

/** Limits that a model's manifest may set under `limits`. */
export const MODEL_LIMITS = {
  /** Linear memories of one component instance, together. */
  memoryBytes: 32 * MiB,
  /** Elements of one component instance's tables, together. */
  tableElements: 100_000,
  /** A request from arrival to answer. For speech the length of the sound is added. */
  deadlineMs: 10_000,
  /** Time for a component to be instantiated. */
  startMs: 1_000,
  /** One tensor, whoever makes it. */
  tensorBytes: 128 * MiB,
  /** All tensors of a request that live at one moment. */
  requestTensorBytes: 256 * MiB,
  /** Tensors, graphs and contexts of a request that live at one moment. */
  liveResources: 4_096,
  /** `compute` calls of a request. */
  computeCalls: 100_000,
  /** What a component returns, and what it reports as progress in all. */
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

/** What `sandpiper run` gives a command in the place of a model's limits: it brings its runtime and its model along. */
export const COMMAND_LIMITS = {
  memoryBytes: 512 * MiB,
  /** Files of the folders that it is given, together. */
  folderBytes: 256 * MiB,
  /** From its start to its end. */
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
  /** Of that, what may be JSON, which takes ten times its bytes while it is parsed; an answer's tensor as JSON. */
  tensorJsonBytes: 4 * MiB,
  /** Reading or writing one long text in JSON, which is done beside all else. */
  jsonMs: 10_000,
  /** Elements of a BYTES tensor, each of which is an object in memory however short it is. */
  bytesElements: 65_536,
  /** Bodies that are being read, all together: at most a quarter of the machine's or container's memory. */
  maxBodyBytesInFlight: Math.min(256 * MiB, QUARTER_BYTES),
  /** Uploaded files of all requests that wait or run, together: at most a quarter of it, too. */
  maxQueuedBytes: Math.min(256 * MiB, QUARTER_BYTES),
  /** Sounds whose transcription has begun and is not done: each holds a guest thread and its samples. */
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
  /** Scans of a JPEG, each of which goes over all its pixels; ten are usual. */
  pictureScans: 100,
  /** Frames, pages or items of a picture, of which the first is shown. */
  pictureFrames: 10_000,
  /** Length of a sound after decoding. */
  soundSeconds: 30 * 60,
  /** Samples of all its channels together, at its own rate: 30 minutes of stereo at 48 kHz. */
  soundSamples: 30 * 60 * 2 * 48_000,
  /** Time to decode one picture. */
  pictureDecodeMs: 10_000,
  /** Memory to decode one picture that may be slow, in its own process: at most a quarter of the machine's or container's. */
  pictureMemoryBytes: Math.min(512 * MiB, QUARTER_BYTES),
  /** Pictures that may be slow, decoded at one time; one where there is less than a GiB of memory. */
  slowPictures: MEMORY_BYTES < 1_024 * MiB ? 1 : 2,
  /** Work on decoding one sound, without the time in which others go first. */
  soundDecodeMs: 60_000,
  /** One call of a sound's decoder, which cannot be held. */
  soundStallMs: 5_000,
  /** What all runs of graphs may take together, beside the graphs' own weights: a quarter of the machine's or container's memory. */
  runMemoryBytes: QUARTER_BYTES,
  /** A component file. */
  componentBytes: 64 * MiB,
  /** Translating a component and compiling what its code says may be slow, in every tier of the compiler. */
  compileMs: 30_000,
  /** Memory for that. */
  compiledBytes: 512 * MiB,
  /** Translated components on disk, together: over it the ones that were not used for longest go. */
  cacheBytes: 1_024 * MiB,
  /** Processor time to load one graph of a model folder. */
  graphLoadMs: 60_000,
  /** The same of a graph that a component brings, for which an engine is busy in the middle of serving. */
  guestGraphLoadMs: 1_000,
  /** Memory that loading one graph may take, beyond eight times its file. */
  graphLoadBytes: 512 * MiB,
  /** Linear memories of all instances that may live at one time, prepared ones included. */
  allMemoryBytes: 4_096 * MiB,
  /** JavaScript heap of one guest thread; linear memory has limits of its own. */
  guestHeapBytes: 256 * MiB,
  /** Stack of one guest thread, which calls inside a component use up. */
  guestStackBytes: 4 * MiB,
  /** A stream that has nothing to say for so long says that it goes on, since proxies drop what is silent. */
  sseKeepAliveMs: 15_000,
  /** A request by Hugging Face's convention waits so long for models that are still being loaded. */
  loadWaitMs: 30_000,
  /** Connections that are open at one time. */
  connections: 1_024,
  /** Of them, those from one address; IPv6 addresses of one /64 network count as one. */
  connectionsPerAddress: 512,
  /** Requests on one connection, after which it is closed. */
  requestsPerConnection: 10_000,
  /** Requests on one connection whose answers are not out: they are answered one after another. */
  pipelinedRequests: 8,
  /** A connection on which nothing is asked. */
  keepAliveMs: 60_000,
  /** Headers of a request, together. */
  headerBytes: 16 * KiB,
  /** Headers of a request. */
  headerCount: 100,
  /** Headers of a request have to come within this time. */
  headersMs: 10_000,
  /** A whole request has to come within this time. */
  requestMs: 300_000,
  /** The pace, in bytes a second, behind which a body may fall by `uploadStallMs`. */
  uploadBytesPerSecond: 8_192,
  uploadStallMs: 10_000,
  /** A client that takes nothing of an answer for so long is hung up on. */
  answerStallMs: 60_000,
  /** What the service's process may allocate, where a supervisor starts it: three quarters of the machine's or container's memory. */
  processBytes: Math.floor(0.75 * MEMORY_BYTES),
  /** So long after its deadline a run may still be inside one operator; when all are, the process is started again. */
  stuckRunMs: 5_000,
  /** Work in flight may take this long to finish after SIGTERM. */
  graceMs: 15_000,
} as const;

export type ServiceLimits = { readonly [name in keyof typeof SERVICE_LIMITS]: number };

/**
 * What the core modules of one component may have, or one core module that is a command. These are read before
 * anything is compiled, and no setting changes them: the largest runtimes of languages (CPython, SpiderMonkey) stay
 * below all of them.
 */
export const CODE_LIMITS = {
  /** V8 took 770 MB to optimise a function of 7 MB, which is the most that it takes itself, and 100 MB for this. */
  functionBytes: MiB,
  /** Parameters among them. */
  functionLocals: 10_000,
  functionNesting: 5_000,
  /** Values on the stack of one function at one time. */
  functionValues: 10_000,
  /** Each branch, block and target of a `br_table` as often as there are locals and values on the stack. */
  functionMerges: 4 * MiB,
  /** Bytes of all loops of one function; those of loops within loops count once for each. */
  functionLoopBytes: 16 * MiB,
  /** The last two of all functions together. */
  merges: 128 * MiB,
  loopBytes: 128 * MiB,
  /** Components within the component, itself among them. */
  components: 200,
  /** Functions that pass the border of a component, in either direction. */
  canonicals: 10_000,
  types: 10_000,
  /** Parameters and results of one function or block. */
  typeValues: 256,
  functions: 150_000,
  /** From here on each counts as often as its module is instantiated. */
  instances: 1_000,
  imports: 50_000,
  exports: 50_000,
  globals: 50_000,
  tags: 1_000,
  dataSegments: 100_000,
  elementSegments: 20_000,
  /** Element segments and globals with the expressions of their first values. */
  elementBytes: 4 * MiB,
  globalBytes: MiB,
  /** The JavaScript between modules and host, and no more than 2 MiB and eight times the component's own size. */
  glueBytes: 8 * MiB,
} as const;

export type CodeLimit = keyof typeof CODE_LIMITS;
