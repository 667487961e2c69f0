;; What guests share: the imports of both worlds, a memory, and the two functions of the contract.
;; A guest gives `$attack`, which classify calls and whose answer classify returns; a part whose function the
;; guest defines itself is left out. Bytes 0 to 1023 belong to this file, and the heap starts at 65536.

;; part imports
(import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[constructor]tensor" (func $tensor.new (param i32 i32 i32 i32 i32) (result i32)))
(import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[method]tensor.dimensions" (func $tensor.dimensions (param i32 i32)))
(import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[method]tensor.ty" (func $tensor.ty (param i32) (result i32)))
(import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[method]tensor.data" (func $tensor.data (param i32 i32)))
(import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[resource-drop]tensor" (func $tensor.drop (param i32)))
(import "wasi:nn/graph@0.2.0-rc-2024-10-28" "load" (func $graph.load (param i32 i32 i32 i32 i32)))
(import "wasi:nn/graph@0.2.0-rc-2024-10-28" "load-by-name" (func $graph.load-by-name (param i32 i32 i32)))
(import "wasi:nn/graph@0.2.0-rc-2024-10-28" "[method]graph.init-execution-context" (func $graph.init (param i32 i32)))
(import "wasi:nn/graph@0.2.0-rc-2024-10-28" "[resource-drop]graph" (func $graph.drop (param i32)))
(import "wasi:nn/inference@0.2.0-rc-2024-10-28" "[method]graph-execution-context.compute" (func $context.compute (param i32 i32 i32 i32)))
(import "wasi:nn/inference@0.2.0-rc-2024-10-28" "[resource-drop]graph-execution-context" (func $context.drop (param i32)))
(import "wasi:nn/errors@0.2.0-rc-2024-10-28" "[method]error.code" (func $error.code (param i32) (result i32)))
(import "wasi:nn/errors@0.2.0-rc-2024-10-28" "[method]error.data" (func $error.data (param i32 i32)))
(import "wasi:nn/errors@0.2.0-rc-2024-10-28" "[resource-drop]error" (func $error.drop (param i32)))
(import "wasi:config/store@0.2.0-rc.1" "get" (func $config.get (param i32 i32 i32)))
(import "wasi:config/store@0.2.0-rc.1" "get-all" (func $config.get-all (param i32)))
(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
(import "sandpiper:inference/assets@0.1.0" "read" (func $asset.read (param i32 i32 i32)))
(import "sandpiper:inference/sound@0.1.0" "read" (func $sound.read (param i64 i32 i32)))
(import "sandpiper:inference/progress@0.1.0" "report" (func $report (param i32 i32 f64)))

;; part state
(memory $memory (export "memory") 2)
(global $heap (mut i32) (i32.const 65536))
(data (i32.const 512) "identity")

;; part $realloc
(func $realloc (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
  (global.set $heap (i32.add (local.get $at) (local.get $size)))
  (block $fits
    (br_if $fits (i32.le_u (global.get $heap) (i32.shl (memory.size) (i32.const 16))))
    (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))))
    unreachable)
  (local.get $at))

;; part $describe
(func $describe (export "sandpiper:inference/image-classification@0.1.0#describe") (result i32)
  (i32.store (i32.const 0) (i32.const 0))
  (i32.store (i32.const 4) (i32.const 2))
  (i32.store (i32.const 8) (i32.const 2))
  (i32.store8 (i32.const 12) (i32.const 0))
  (f32.store (i32.const 16) (f32.const 1))
  (i32.store16 (i32.const 20) (i32.const 0))
  (i32.const 0))

;; part $classify
(func $classify (export "sandpiper:inference/image-classification@0.1.0#classify")
  (param $width i32) (param $height i32) (param $format i32) (param $pixels i32) (param $bytes i32)
  (param i32 i32 i32 i32) (result i32)
  (call $attack))

;; part $nothing
;; ok of an empty list
(func $nothing (result i32)
  (i32.store (i32.const 32) (i32.const 0))
  (i32.store (i32.const 36) (i32.const 64))
  (i32.store (i32.const 40) (i32.const 0))
  (i32.const 32))

;; part $one
;; ok of one prediction with this index and score 1
(func $one (param $index i32) (result i32)
  (i32.store (i32.const 32) (i32.const 0))
  (i32.store (i32.const 36) (i32.const 64))
  (i32.store (i32.const 40) (i32.const 1))
  (i32.store (i32.const 64) (local.get $index))
  (f32.store (i32.const 68) (f32.const 1))
  (i32.const 32))

;; part $list
;; ok of a list
(func $list (param $at i32) (param $length i32) (result i32)
  (i32.store (i32.const 32) (i32.const 0))
  (i32.store (i32.const 36) (local.get $at))
  (i32.store (i32.const 40) (local.get $length))
  (i32.const 32))

;; part $internal
;; err of internal with this text
(func $internal (param $at i32) (param $length i32) (result i32)
  (i32.store (i32.const 32) (i32.const 1))
  (i32.store (i32.const 36) (i32.const 3))
  (i32.store (i32.const 40) (local.get $at))
  (i32.store (i32.const 44) (local.get $length))
  (i32.const 32))

;; part $open
;; a context of the graph with this name; traps where there is none
(func $open (param $name i32) (param $length i32) (result i32)
  (call $graph.load-by-name (local.get $name) (local.get $length) (i32.const 128))
  (if (i32.load8_u (i32.const 128)) (then unreachable))
  (call $graph.init (i32.load (i32.const 132)) (i32.const 128))
  (if (i32.load8_u (i32.const 128)) (then unreachable))
  (i32.load (i32.const 132)))

;; part $code
;; 100 + the code of the error that a result at 128 holds, or 0 for ok
(func $code (result i32)
  (local $code i32)
  (if (i32.eqz (i32.load8_u (i32.const 128))) (then (return (i32.const 0))))
  (local.set $code (call $error.code (i32.load (i32.const 132))))
  (call $error.drop (i32.load (i32.const 132)))
  (i32.add (i32.const 100) (local.get $code)))

;; part $number
;; an FP32 tensor of dimensions [1]
(func $number (result i32)
  (i32.store (i32.const 160) (i32.const 1))
  (f32.store (i32.const 164) (f32.const 42))
  (call $tensor.new (i32.const 160) (i32.const 1) (i32.const 1) (i32.const 164) (i32.const 4)))

;; part $run
;; computes with this tensor as input "x", the result at 128; answers as $code
(func $run (param $context i32) (param $tensor i32) (result i32)
  (i32.store8 (i32.const 176) (i32.const 120))
  (i32.store (i32.const 180) (i32.const 176))
  (i32.store (i32.const 184) (i32.const 1))
  (i32.store (i32.const 188) (local.get $tensor))
  (call $context.compute (local.get $context) (i32.const 180) (i32.const 1) (i32.const 128))
  (call $code))
