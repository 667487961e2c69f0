(func $attack (result i32)
  (call $nothing)
)
