(func $attack (result i32)
  (call $sound.read (i64.const -1) (i32.const -1) (i32.const 128))
  (call $one (i32.load (i32.const 132)))
)
