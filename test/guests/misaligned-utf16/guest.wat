(func $attack (result i32)
  (call $graph.load-by-name (i32.const 1025) (i32.const 4) (i32.const 128))
  (call $nothing)
)
