(func $attack (result i32)
  (call $context.compute (call $open (i32.const 512) (i32.const 8)) (i32.const 1024) (i32.const 0) (i32.const 128))
  (call $one (call $code))
)
