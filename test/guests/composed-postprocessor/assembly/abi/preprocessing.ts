/** What the other half exports, as the canonical ABI lowers it. */

// @ts-ignore: decorator
@external("sandpiper:composed/preprocessing", "normalise")
export declare function callNormalise(pixels: usize, bytes: usize, result: usize): void;
