(func $attack (result i32)
  (local $context i32)
  (local.set $context (call $open (i32.const 512) (i32.const 8)))
  (loop $again
    (block $caught
      (try_table (catch_all $caught)
        (drop (call $run (local.get $context) (call $number)))
        (call $tensor.drop (i32.load offset=8 (i32.load (i32.const 132))))))
    (global.set $heap (i32.const 65536))
    (br $again))
  unreachable
)
