(func $attack (result i32)
  (loop $again
    (call $config.get (i32.const 512) (i32.const 8) (i32.const 128))
    (br $again))
  unreachable
)
