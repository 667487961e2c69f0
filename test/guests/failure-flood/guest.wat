(func $attack (result i32)
  (loop $more
    (call $graph.load-by-name (i32.const 512) (i32.const 3) (i32.const 128))
    (br_if $more (i32.eq (call $code) (i32.const 106))))
  (call $nothing)
)
