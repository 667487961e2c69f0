(func $attack (result i32)
  (loop $more
    (drop (call $number))
    (br $more))
  unreachable
)
