(func $attack (result i32)
  (call $log (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
  (call $nothing)
)
