;; Computes again and again until it is cancelled.
(func $attack (result i32)
  (local $context i32)
  (local.set $context (call $open (i32.const 512) (i32.const 8)))
  (loop $again
    (if (call $run (local.get $context) (call $number)) (then unreachable))
    (call $tensor.drop (i32.load offset=8 (i32.load (i32.const 132))))
    (global.set $heap (i32.const 65536))
    (br $again))
  unreachable)
