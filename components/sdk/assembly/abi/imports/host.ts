/** The imports beside wasi:nn, as the canonical ABI lowers them. Private to the SDK. */

// @ts-ignore: decorator
@external("wasi:config/store@0.2.0-rc.1", "get-all")
export declare function getAllConfig(result: usize): void;

// @ts-ignore: decorator
@external("wasi:logging/logging@0.1.0-draft", "log")
export declare function writeLog(level: u32, context: usize, contextUnits: usize, text: usize, units: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/assets@0.1.0", "read")
export declare function readAssetBytes(name: usize, units: usize, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/sound@0.1.0", "length")
export declare function getSoundLength(): u64;

// @ts-ignore: decorator
@external("sandpiper:inference/sound@0.1.0", "read")
export declare function readSamples(offset: u64, count: u32, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/progress@0.1.0", "report")
export declare function report(text: usize, units: usize, seconds: f64): void;

// @ts-ignore: decorator
@external("sandpiper:inference/bound-inputs@0.1.0", "bind")
export declare function bindInputs(context: u32, inputs: usize, count: usize, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/graph-facts@0.1.0", "describe")
export declare function describeGraph(graph: u32, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "options")
export declare function getLiveOptions(result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "wait")
export declare function waitForSamples(beyond: u64, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "release")
export declare function releaseSamples(offset: u64): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "give-way")
export declare function giveWayToOthers(yes: bool): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "speech-started")
export declare function tellSpeechStarted(at: u64): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "speech-stopped")
export declare function tellSpeechStopped(at: u64): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "tell")
export declare function tellLiveWords(stable: usize, stableUnits: usize, tentative: usize, tentativeUnits: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/live-sound@0.1.0", "settle")
export declare function settleLiveTurn(
  text: usize,
  units: usize,
  start: u64,
  end: u64,
  tokens: usize,
  count: usize,
  averageLogProbability: f32,
): void;
