(func $attack (result i32)
  (drop (call $tensor.new (i32.const 1024) (i32.const 0) (i32.const 4) (i32.const 131000) (i32.const 1000)))
  (call $nothing)
)
