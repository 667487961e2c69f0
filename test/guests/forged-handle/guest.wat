(func $attack (result i32)
  (call $tensor.data (i32.const 5) (i32.const 128))
  (call $nothing)
)
