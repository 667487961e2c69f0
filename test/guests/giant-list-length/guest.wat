(func $attack (result i32)
  (call $list (i32.const 64) (i32.const -1))
)
