;; What a decent component does: one compute, its output read, an answer from it.
(func $attack (result i32)
  (local $context i32) (local $output i32)
  (local.set $context (call $open (i32.const 512) (i32.const 8)))
  (if (call $run (local.get $context) (call $number)) (then unreachable))
  (local.set $output (i32.load offset=8 (i32.load (i32.const 132))))
  (call $tensor.data (local.get $output) (i32.const 128))
  (call $tensor.drop (local.get $output))
  (call $one (i32.trunc_f32_u (f32.load (i32.load (i32.const 128))))))
