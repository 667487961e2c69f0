(func $attack (result i32)
  (drop (call $tensor.new (i32.const 1024) (i32.const 0) (i32.const 4) (i32.const 1024) (i32.const -1)))
  (call $nothing)
)
