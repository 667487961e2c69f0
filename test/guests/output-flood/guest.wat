(func $attack (result i32)
  (drop (memory.grow (i32.const 32)))
  (call $list (i32.const 65536) (i32.const 200000))
)
