(memory $second 1)
(memory $third 1)
(func $attack (result i32)
  (loop $more
    (br_if $more (i32.ne (i32.const -1) (memory.grow $memory (i32.const 1))))
    (br_if $more (i32.ne (i32.const -1) (memory.grow $second (i32.const 1))))
    (br_if $more (i32.ne (i32.const -1) (memory.grow $third (i32.const 1)))))
  (call $one (i32.le_u (i32.add (memory.size $memory) (i32.add (memory.size $second) (memory.size $third))) (i32.const 64)))
)
