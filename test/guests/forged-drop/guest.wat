(func $attack (result i32)
  (call $tensor.drop (i32.const 1000000))
  (call $nothing)
)
