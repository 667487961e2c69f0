(func $attack (result i32)
  (i32.store (i32.const 1024) (i32.const 1))
  (call $one (call $run (call $open (i32.const 512) (i32.const 8)) (call $tensor.new (i32.const 1024) (i32.const 1) (i32.const 5) (i32.const 1024) (i32.const 4))))
)
