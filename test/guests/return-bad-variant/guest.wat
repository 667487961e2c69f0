(func $attack (result i32)
  (i32.store (i32.const 32) (i32.const 7))
  (i32.const 32)
)
