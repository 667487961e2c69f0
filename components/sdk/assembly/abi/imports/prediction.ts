/** The imports of the open contract, as the canonical ABI lowers them. Private to the SDK. */

// @ts-ignore: decorator
@external("sandpiper:inference/request-media@0.1.0", "read-region")
export declare function readRegionPixels(input: usize, units: usize, index: u32, left: f32, top: f32, width: f32, height: f32, toWidth: u32, toHeight: u32, format: u32, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/request-media@0.1.0", "sound-length")
export declare function getLengthOfSound(input: usize, units: usize, index: u32): u64;

// @ts-ignore: decorator
@external("sandpiper:inference/request-media@0.1.0", "read-sound")
export declare function readSamplesOf(input: usize, units: usize, index: u32, offset: u64, count: u32, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/partial-outputs@0.1.0", "report")
export declare function reportOutput(name: usize, units: usize, kind: u32, a: usize, b: usize, c: usize, d: usize, e: usize): void;
