;; Logs a line of 700 bytes and the value of "name" in its configuration.
(data (i32.const 1024) "name")
(func $attack (result i32)
  (memory.fill (i32.const 2000) (i32.const 97) (i32.const 700))
  (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 2000) (i32.const 700))
  (call $config.get (i32.const 1024) (i32.const 4) (i32.const 128))
  (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.load (i32.const 136)) (i32.load (i32.const 140)))
  (call $nothing))
