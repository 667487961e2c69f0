/** What the preprocessor exports, as the canonical ABI lowers it: a tensor's handle. */

// @ts-ignore: decorator
@external("sandpiper:composed/preprocessing", "prepare")
export declare function prepare(width: u32, height: u32, pixels: usize, bytes: usize): u32;
