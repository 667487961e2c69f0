(func $attack (result i32)
  (loop $more
    (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 512) (i32.const 8))
    (br $more))
  unreachable
)
