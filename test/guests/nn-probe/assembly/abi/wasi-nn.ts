/** All of `wasi:nn@0.2.0-rc-2024-10-28` as the canonical ABI lowers it; the SDK hides a part of it. */

// @ts-ignore: decorator
@external("wasi:nn/tensor@0.2.0-rc-2024-10-28", "[constructor]tensor")
export declare function newTensor(dimensions: usize, rank: usize, type: u32, data: usize, bytes: usize): u32;

// @ts-ignore: decorator
@external("wasi:nn/tensor@0.2.0-rc-2024-10-28", "[method]tensor.dimensions")
export declare function tensorDimensions(tensor: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/tensor@0.2.0-rc-2024-10-28", "[method]tensor.ty")
export declare function tensorType(tensor: u32): u32;

// @ts-ignore: decorator
@external("wasi:nn/tensor@0.2.0-rc-2024-10-28", "[method]tensor.data")
export declare function tensorData(tensor: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/tensor@0.2.0-rc-2024-10-28", "[resource-drop]tensor")
export declare function dropTensor(tensor: u32): void;

// @ts-ignore: decorator
@external("wasi:nn/graph@0.2.0-rc-2024-10-28", "load")
export declare function loadGraph(builders: usize, count: usize, encoding: u32, target: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/graph@0.2.0-rc-2024-10-28", "load-by-name")
export declare function loadByName(name: usize, units: usize, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/graph@0.2.0-rc-2024-10-28", "[method]graph.init-execution-context")
export declare function initExecutionContext(graph: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/graph@0.2.0-rc-2024-10-28", "[resource-drop]graph")
export declare function dropGraph(graph: u32): void;

// @ts-ignore: decorator
@external("wasi:nn/inference@0.2.0-rc-2024-10-28", "[method]graph-execution-context.compute")
export declare function computeGraph(context: u32, inputs: usize, count: usize, result: usize): void;

// What follows belongs to the older releases; whoever builds the guest puts their names in.

// @ts-ignore: decorator
@external("wasi:nn/inference@0.2.0-rc-2024-10-28", "[method]graph-execution-context.set-input")
export declare function setInput(context: u32, name: usize, units: usize, tensor: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/inference@0.2.0-rc-2024-10-28", "[method]graph-execution-context.compute")
export declare function computeInputs(context: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/inference@0.2.0-rc-2024-10-28", "[method]graph-execution-context.get-output")
export declare function getOutput(context: u32, name: usize, units: usize, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/errors@0.2.0-rc-2024-10-28", "[constructor]error")
export declare function newError(code: u32, data: usize, units: usize): u32;

// @ts-ignore: decorator
@external("wasi:nn/inference@0.2.0-rc-2024-10-28", "[resource-drop]graph-execution-context")
export declare function dropContext(context: u32): void;

// @ts-ignore: decorator
@external("wasi:nn/errors@0.2.0-rc-2024-10-28", "[method]error.code")
export declare function errorCode(error: u32): u32;

// @ts-ignore: decorator
@external("wasi:nn/errors@0.2.0-rc-2024-10-28", "[method]error.data")
export declare function errorData(error: u32, result: usize): void;

// @ts-ignore: decorator
@external("wasi:nn/errors@0.2.0-rc-2024-10-28", "[resource-drop]error")
export declare function dropError(error: u32): void;

// @ts-ignore: decorator
@external("sandpiper:inference/bound-inputs@0.1.0", "bind")
export declare function bindInputs(context: u32, inputs: usize, count: usize, result: usize): void;

// @ts-ignore: decorator
@external("sandpiper:inference/graph-facts@0.1.0", "describe")
export declare function describeGraph(graph: u32, result: usize): void;
