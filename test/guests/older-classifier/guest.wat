;; A classifier over a release of wasi:nn that sets inputs and gets outputs one by one; RELEASE is its name. The graph
;; "model" gets the twelve bytes of a picture of 2 x 2 pixels as FP32 and its greatest output is the class. What its
;; input and output are called, the graph tells.
(module
  (import "wasi:nn/tensor@RELEASE" "[constructor]tensor" (func $tensor.new (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:nn/tensor@RELEASE" "[method]tensor.data" (func $tensor.data (param i32 i32)))
  (import "wasi:nn/graph@RELEASE" "load-by-name" (func $graph.load-by-name (param i32 i32 i32)))
  (import "wasi:nn/graph@RELEASE" "[method]graph.init-execution-context" (func $graph.init (param i32 i32)))
  (import "wasi:nn/inference@RELEASE" "[method]graph-execution-context.set-input" (func $context.set-input (param i32 i32 i32 i32 i32)))
  (import "wasi:nn/inference@RELEASE" "[method]graph-execution-context.compute" (func $context.compute (param i32 i32)))
  (import "wasi:nn/inference@RELEASE" "[method]graph-execution-context.get-output" (func $context.get-output (param i32 i32 i32 i32)))
  (import "sandpiper:inference/graph-facts@0.1.0" "describe" (func $graph.describe (param i32 i32)))

  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))
  (data (i32.const 512) "model")
  (data (i32.const 528) "\0c")

  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (local.get $at))

  ;; ok of 2 x 2 pixels, stretched, by their nearest, in RGB
  (func (export "sandpiper:inference/image-classification@0.1.0#describe") (result i32)
    (i32.store (i32.const 4) (i32.const 2))
    (i32.store (i32.const 8) (i32.const 2))
    (i32.store8 (i32.const 12) (i32.const 2))
    (f32.store (i32.const 16) (f32.const 1))
    (i32.const 0))

  ;; what a result at 128 holds; traps where it is an error
  (func $value (result i32)
    (if (i32.load8_u (i32.const 128)) (then unreachable))
    (i32.load (i32.const 132)))

  (func (export "sandpiper:inference/image-classification@0.1.0#classify")
    (param $width i32) (param $height i32) (param $format i32) (param $pixels i32) (param $bytes i32)
    (param i32 i32 i32 i32) (result i32)
    (local $i i32) (local $graph i32) (local $input i32) (local $output i32) (local $context i32) (local $best i32)
    (loop $more
      (f32.store (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 2)))
        (f32.convert_i32_u (i32.load8_u (i32.add (local.get $pixels) (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 12))))
    (call $graph.load-by-name (i32.const 512) (i32.const 5) (i32.const 128))
    (local.set $graph (call $value))
    ;; the first ports, each with its name first
    (call $graph.describe (local.get $graph) (i32.const 160))
    (local.set $input (i32.load (i32.const 160)))
    (local.set $output (i32.load (i32.const 168)))
    (call $graph.init (local.get $graph) (i32.const 128))
    (local.set $context (call $value))
    (call $context.set-input (local.get $context)
      (i32.load (local.get $input)) (i32.load offset=4 (local.get $input))
      (call $tensor.new (i32.const 528) (i32.const 1) (i32.const 1) (i32.const 1024) (i32.const 48)) (i32.const 128))
    (drop (call $value))
    (call $context.compute (local.get $context) (i32.const 128))
    (drop (call $value))
    (call $context.get-output (local.get $context)
      (i32.load (local.get $output)) (i32.load offset=4 (local.get $output)) (i32.const 128))
    (call $tensor.data (call $value) (i32.const 128))
    (local.set $best (i32.load (i32.const 128)))
    (local.set $i (i32.const 1))
    (loop $more
      (if (f32.gt (call $output (local.get $i)) (f32.load (local.get $best)))
        (then (local.set $best (i32.add (i32.load (i32.const 128)) (i32.shl (local.get $i) (i32.const 2))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 12))))
    ;; ok of one prediction
    (i32.store (i32.const 32) (i32.const 0))
    (i32.store (i32.const 36) (i32.const 64))
    (i32.store (i32.const 40) (i32.const 1))
    (i32.store (i32.const 64) (i32.shr_u (i32.sub (local.get $best) (i32.load (i32.const 128))) (i32.const 2)))
    (f32.store (i32.const 68) (f32.load (local.get $best)))
    (i32.const 32))

  (func $output (param $i i32) (result f32)
    (f32.load (i32.add (i32.load (i32.const 128)) (i32.shl (local.get $i) (i32.const 2))))))
