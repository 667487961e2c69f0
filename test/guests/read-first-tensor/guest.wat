;; Reads the first tensor of its table, although it has made none.
(func $attack (result i32)
  (call $tensor.data (i32.const 1) (i32.const 128))
  (call $nothing))
