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

/**
 * Limits of the whole service, set by flags, environment or file: the default of each, and what it bounds, as the help
 * says it.
 */
export const LIMITS = {
  uploadBytes: [25_000_000, 'largest upload'],
  tensorBodyBytes: [64 * MiB, 'largest body of an inference by tensors'],
  /** Parsing takes ten times these bytes. Also bounds one tensor of an answer as JSON. */
  tensorJsonBytes: [4 * MiB, 'largest body of an inference by tensors in JSON'],
  jsonMs: [10_000, 'time to read or write one long text in JSON'],
  /** Each element is an object in memory, however short it is. */
  bytesElements: [65_536, 'elements of a BYTES tensor'],
  maxBodyBytesInFlight: [Math.min(256 * MiB, QUARTER_BYTES), 'bodies that are being read, together'],
  maxQueuedBytes: [Math.min(256 * MiB, QUARTER_BYTES), 'files of all requests that wait or run'],
  /** Each holds a guest thread and its samples. */
  maxConcurrentTranscriptions: [4, 'transcriptions in progress at a time'],
  /** Each holds a guest thread for as long as somebody speaks. */
  maxLiveSounds: [8, 'live sounds at one time'],
  liveFrameBytes: [MiB, 'largest message of a live sound'],
  liveIdleMs: [120_000, 'time after which a live sound of which nothing comes is ended'],
  liveSilenceMs: [600_000, 'silence after which a live sound is ended'],
  liveAheadMs: [10_000, 'how far a live sound may be ahead of its transcription'],
  liveSoundSeconds: [4 * 60 * 60, 'longest live sound'],
  picturePixels: [65_000_000, 'largest picture, width x height'],
  /** A larger picture is scaled down to this. */
  regionPixels: [12_000_000, 'what is kept of a picture that regions are read of'],
  /** Each scan covers all pixels; ten are usual. */
  pictureScans: [100, 'scans of a JPEG picture'],
  /** The first is shown. */
  pictureFrames: [10_000, 'frames, pages or items of a picture'],
  pictureDecodeMs: [10_000, 'time to decode a picture'],
  pictureMemoryBytes: [Math.min(512 * MiB, QUARTER_BYTES), 'memory to decode a slow picture'],
  slowPictures: [MEMORY_BYTES < 1_024 * MiB ? 1 : 2, 'slow pictures that are decoded side by side'],
  soundSeconds: [30 * 60, 'longest sound'],
  /** At its own rate: 30 minutes of stereo at 48 kHz. */
  soundSamples: [30 * 60 * 2 * 48_000, 'samples of a sound, of all channels together'],
  /** Without the time that it is held for others. */
  soundDecodeMs: [60_000, 'time to decode a sound'],
  /** A call cannot be interrupted. */
  soundStallMs: [5_000, 'time for one call of a sound decoder'],
  /** Without the graphs' weights. */
  runMemoryBytes: [QUARTER_BYTES, 'memory of all runs of graphs together'],
  componentBytes: [64 * MiB, 'largest component file'],
  compileMs: [30_000, 'time to translate and compile a component'],
  compiledBytes: [512 * MiB, 'memory to translate and compile a component'],
  /** The least recently used are evicted. */
  cacheBytes: [1_024 * MiB, 'translated components kept on disk'],
  graphLoadMs: [60_000, 'processor time to load a graph of a model folder'],
  guestGraphLoadMs: [1_000, 'processor time to load a graph that a component brings'],
  graphLoadBytes: [512 * MiB, 'memory to load a graph, beyond eight times its file'],
  /** Prepared instances included. */
  allMemoryBytes: [4_096 * MiB, 'memory of all component instances together'],
  guestHeapBytes: [256 * MiB, 'JavaScript heap of a thread that runs components'],
  guestStackBytes: [4 * MiB, 'stack of a thread that runs components'],
  /** Proxies close silent connections. */
  sseKeepAliveMs: [15_000, 'longest silence of an event stream'],
  loadWaitMs: [30_000, 'time that a request of the Hugging Face convention waits while models are loaded'],
  connections: [1_024, 'open connections'],
  /** IPv6 addresses of one /64 network count as one. */
  connectionsPerAddress: [512, 'open connections from one address'],
  requestsPerConnection: [10_000, 'requests on one connection'],
  /** They are answered one after another. */
  pipelinedRequests: [8, 'requests on one connection that wait for answers'],
  keepAliveMs: [60_000, 'time that an idle connection is kept'],
  headerBytes: [16 * KiB, 'largest headers of a request'],
  headerCount: [100, 'headers of a request'],
  headersMs: [10_000, 'time for the headers of a request to come'],
  requestMs: [300_000, 'time for a whole request to come'],
  uploadBytesPerSecond: [8_192, 'slowest pace of an upload'],
  uploadStallMs: [10_000, 'how far an upload may fall behind its pace'],
  answerStallMs: [60_000, 'time after which a client that reads nothing of its answer is disconnected'],
  /** Under a supervisor. */
  processBytes: [Math.floor(0.75 * MEMORY_BYTES), 'memory that the service may allocate in all'],
  /** The process is restarted then. */
  stuckRunMs: [
    5_000,
    'time in which as many runs as there are guest threads may be inside one operator after they were stopped',
  ],
  idleMs: [10_000, 'time without work after which unused memory is given back'],
  graceMs: [15_000, 'time for work in flight to finish when stopping'],
} as const satisfies Record<string, readonly [usual: number, about: string]>;

export type LimitName = keyof typeof LIMITS;
export type ServiceLimits = Readonly<Record<LimitName, number>>;

export const SERVICE_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, [usual]]) => [name, usual]),
) as ServiceLimits;

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
