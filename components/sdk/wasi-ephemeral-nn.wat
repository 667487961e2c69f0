;; The core ABI of wasi:nn, `wasi_ephemeral_nn`, by the imports of a component: an adapter as `wasm-tools component new`
;; takes it. It lives in the memory of the module that it adapts, of which it takes blocks for itself: one for results,
;; and one for the outputs of each context.
(module
  (import "env" "memory" (memory 0))
  ;; The module's own, or if it has none one that grows the memory.
  (import "__main_module__" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "wasi:nn/graph@0.2.0-rc-2024-10-28" "load" (func $load (param i32 i32 i32 i32 i32)))
  (import "wasi:nn/graph@0.2.0-rc-2024-10-28" "load-by-name" (func $load_by_name (param i32 i32 i32)))
  (import "wasi:nn/graph@0.2.0-rc-2024-10-28" "[method]graph.init-execution-context"
    (func $init_context (param i32 i32)))
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[constructor]tensor"
    (func $tensor (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[method]tensor.data" (func $data (param i32 i32)))
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" "[resource-drop]tensor" (func $drop_tensor (param i32)))
  (import "wasi:nn/inference@0.2.0-rc-2024-10-28" "[method]graph-execution-context.compute"
    (func $compute (param i32 i32 i32 i32)))
  (import "wasi:nn/errors@0.2.0-rc-2024-10-28" "[method]error.code" (func $code (param i32) (result i32)))
  (import "wasi:nn/errors@0.2.0-rc-2024-10-28" "[resource-drop]error" (func $drop_error (param i32)))
  (import "sandpiper:inference/bound-inputs@0.1.0" "bind" (func $bind (param i32 i32 i32 i32)))

  ;; Where a call's result is written: 16 bytes, then a named tensor of 12, then room for a decimal number.
  (global $result (mut i32) (i32.const 0))
  ;; What the host is given for lists: the guest's own buffer if it fits, or else from here to the end of a block.
  (global $buffer (mut i32) (i32.const 0))
  (global $room (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))
  ;; The newest context's block: the block before it, the context, its outputs and their number, then their lists.
  (global $contexts (mut i32) (i32.const 0))

  ;; 64 KiB, all that the realloc of a module without one gives; only an output beyond the guest's buffer takes more.
  (func $block (param $bytes i32) (result i32)
    (local $page i32)
    (if (i32.le_u (local.get $bytes) (i32.const 65536))
      (then (return (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 65536)))))
    (local.set $page
      (memory.grow (i32.shr_u (i32.add (local.get $bytes) (i32.const 65535)) (i32.const 16))))
    (if (i32.eq (local.get $page) (i32.const -1)) (then (unreachable)))
    (i32.shl (local.get $page) (i32.const 16)))

  ;; Called by the host for each list that a call returns.
  (func (export "cabi_import_realloc") (param i32 i32 i32) (param $bytes i32) (result i32)
    (local $start i32)
    (if (i32.le_u (local.get $bytes) (global.get $room)) (then (return (global.get $buffer))))
    (local.set $start (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (if (i32.gt_u (local.get $bytes) (i32.sub (global.get $end) (local.get $start)))
      (then
        (local.set $start (call $block (local.get $bytes)))
        (global.set $end (i32.add (local.get $start) (local.get $bytes)))))
    (global.set $next (i32.add (local.get $start) (local.get $bytes)))
    (local.get $start))

  (func $results (result i32)
    (if (i32.eqz (global.get $result)) (then (global.set $result (call $block (i32.const 64)))))
    (global.get $result))

  ;; The errno of the result: a code without a number is told by whether another argument could succeed.
  (func $errno (result i32)
    (local $error i32) (local $code i32)
    (if (i32.eqz (i32.load8_u (global.get $result))) (then (return (i32.const 0))))
    (local.set $error (i32.load offset=4 (global.get $result)))
    (local.set $code (call $code (local.get $error)))
    (call $drop_error (local.get $error))
    (if (i32.eq (local.get $code) (i32.const 1)) (then (return (i32.const 2)))) ;; invalid-encoding
    (if (i32.eqz (local.get $code)) (then (return (i32.const 1)))) ;; invalid-argument
    (if (i32.eq (local.get $code) (i32.const 4)) (then (return (i32.const 1)))) ;; unsupported-operation
    (if (i32.eq (local.get $code) (i32.const 6)) (then (return (i32.const 1)))) ;; not-found
    (i32.const 5))

  ;; The errno, after the handle of a call that succeeded is written to where the guest wants it.
  (func $give (param $out i32) (result i32)
    (local $errno i32)
    (local.set $errno (call $errno))
    (if (i32.eqz (local.get $errno))
      (then (i32.store (local.get $out) (i32.load offset=4 (global.get $result)))))
    (local.get $errno))

  (func (export "load") (param $builders i32) (param $count i32) (param $encoding i32) (param $target i32)
    (param $out i32) (result i32)
    (if (i32.gt_u (local.get $target) (i32.const 2)) (then (return (i32.const 1))))
    ;; 5 is `autodetect` here and ggml there; only ONNX is accepted, whatever it is called.
    (if (i32.ge_u (local.get $encoding) (i32.const 5)) (then (local.set $encoding (i32.const 6))))
    (call $load
      (local.get $builders) (local.get $count) (local.get $encoding) (local.get $target) (call $results))
    (call $give (local.get $out)))

  (func (export "load_by_name") (param $name i32) (param $length i32) (param $out i32) (result i32)
    (call $load_by_name (local.get $name) (local.get $length) (call $results))
    (call $give (local.get $out)))

  (func (export "init_execution_context") (param $graph i32) (param $out i32) (result i32)
    (local $block i32) (local $errno i32)
    (call $init_context (local.get $graph) (call $results))
    (local.set $errno (call $give (local.get $out)))
    (if (i32.eqz (local.get $errno))
      (then
        (local.set $block (call $block (i32.const 65536)))
        (i32.store (local.get $block) (global.get $contexts))
        (i32.store offset=4 (local.get $block) (i32.load (local.get $out)))
        (global.set $contexts (local.get $block))))
    (local.get $errno))

  ;; The context's block. A handle that is not valid traps, as in any component.
  (func $find (param $context i32) (result i32)
    (local $block i32)
    (local.set $block (global.get $contexts))
    (loop $more
      (if (i32.eqz (local.get $block)) (then (unreachable)))
      (if (i32.eq (i32.load offset=4 (local.get $block)) (local.get $context)) (then (return (local.get $block))))
      (local.set $block (i32.load (local.get $block)))
      (br $more))
    (unreachable))

  ;; wasi:nn's number of a tensor's type. Older guests count U8 and I32 as 2 and 3; the length of the data tells.
  (func $type (param $number i32) (param $elements i32) (param $bytes i32) (result i32)
    (block $i64
      (block $i32
        (block $three
          (block $two
            (block $float (br_table $float $float $two $three $i32 $i64 (local.get $number)))
            (if (i32.gt_u (local.get $number) (i32.const 5)) (then (return (i32.const -1))))
            (return (local.get $number)))
          (if (i32.and (i32.eq (local.get $elements) (local.get $bytes)) (i32.ne (local.get $bytes) (i32.const 0)))
            (then (return (i32.const 4))))
          (return (i32.const 2)))
        (br_if $i32
          (i32.and
            (i32.eq (i32.shl (local.get $elements) (i32.const 2)) (local.get $bytes))
            (i32.ne (local.get $bytes) (i32.const 0))))
        (return (i32.const 4)))
      (return (i32.const 5)))
    (i32.const 6))

  (func $elements (param $dimensions i32) (param $count i32) (result i32)
    (local $product i32)
    (local.set $product (i32.const 1))
    (loop $more
      (if (i32.eqz (local.get $count)) (then (return (local.get $product))))
      (local.set $product (i32.mul (local.get $product) (i32.load (local.get $dimensions))))
      (local.set $dimensions (i32.add (local.get $dimensions) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $more))
    (unreachable))

  ;; An input is named by its index, `#0`, and bound to the context: it stays set.
  (func (export "set_input") (param $context i32) (param $index i32) (param $given i32) (result i32)
    (local $type i32) (local $named i32) (local $digits i32)
    (local.set $type
      (call $type
        (i32.load8_u offset=8 (local.get $given))
        (call $elements (i32.load (local.get $given)) (i32.load offset=4 (local.get $given)))
        (i32.load offset=16 (local.get $given))))
    (if (i32.lt_s (local.get $type) (i32.const 0)) (then (return (i32.const 1))))
    (local.set $named (i32.add (call $results) (i32.const 16)))
    (local.set $digits (i32.add (local.get $named) (i32.const 32)))
    (i32.store offset=4 (local.get $named) (local.get $digits))
    (loop $more
      (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
      (i32.store8 (local.get $digits)
        (i32.add (i32.const 48) (i32.rem_u (local.get $index) (i32.const 10))))
      (local.set $index (i32.div_u (local.get $index) (i32.const 10)))
      (br_if $more (local.get $index)))
    (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
    (i32.store8 (local.get $digits) (i32.const 35)) ;; #
    (i32.store (local.get $named) (local.get $digits))
    (i32.store offset=4 (local.get $named)
      (i32.sub (i32.load offset=4 (local.get $named)) (local.get $digits)))
    (i32.store offset=8 (local.get $named)
      (call $tensor
        (i32.load (local.get $given)) (i32.load offset=4 (local.get $given)) (local.get $type)
        (i32.load offset=12 (local.get $given)) (i32.load offset=16 (local.get $given))))
    (call $bind (local.get $context) (local.get $named) (i32.const 1) (global.get $result))
    (call $errno))

  (func (export "compute") (param $context i32) (result i32)
    (local $block i32) (local $errno i32) (local $left i32)
    (local.set $block (call $find (local.get $context)))
    (local.set $left (i32.load offset=12 (local.get $block)))
    (block $none
      (loop $more
        (br_if $none (i32.eqz (local.get $left)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (call $drop_tensor (call $output (local.get $block) (local.get $left)))
        (br $more)))
    (i32.store offset=8 (local.get $block) (i32.const 0))
    (i32.store offset=12 (local.get $block) (i32.const 0))
    (global.set $next (i32.add (local.get $block) (i32.const 16)))
    (global.set $end (i32.add (local.get $block) (i32.const 65536)))
    (call $compute (local.get $context) (i32.const 0) (i32.const 0) (call $results))
    (local.set $errno (call $errno))
    (if (i32.eqz (local.get $errno))
      (then (i64.store offset=8 (local.get $block) (i64.load offset=4 align=4 (global.get $result)))))
    (local.get $errno))

  ;; An output's tensor: the last part of a named tensor.
  (func $output (param $block i32) (param $index i32) (result i32)
    (i32.load offset=8
      (i32.add (i32.load offset=8 (local.get $block)) (i32.mul (local.get $index) (i32.const 12)))))

  (func (export "get_output") (param $context i32) (param $index i32) (param $buffer i32) (param $size i32)
    (param $written i32) (result i32)
    (local $block i32) (local $bytes i32)
    (local.set $block (call $find (local.get $context)))
    (if (i32.eqz (i32.load offset=8 (local.get $block))) (then (return (i32.const 5)))) ;; nothing is computed yet
    (if (i32.ge_u (local.get $index) (i32.load offset=12 (local.get $block))) (then (return (i32.const 1))))
    (global.set $buffer (local.get $buffer))
    (global.set $room (local.get $size))
    (call $data (call $output (local.get $block) (local.get $index)) (call $results))
    (global.set $room (i32.const 0))
    (local.set $bytes (i32.load offset=4 (global.get $result)))
    (if (i32.gt_u (local.get $bytes) (local.get $size)) (then (return (i32.const 5)))) ;; the buffer is too small
    (i32.store (local.get $written) (local.get $bytes))
    (i32.const 0)))
