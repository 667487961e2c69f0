(func $attack (result i32)
  (loop $more
    (call $report (i32.const 512) (i32.const 8) (f64.const nan))
    (br $more))
  unreachable
)
