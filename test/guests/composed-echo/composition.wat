;; Text that crosses from one component into another and back. `inner-encoding` and `outer-encoding` stand for
;; the string encodings of the two.
(component
  (core module $allocator
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
      (global.set $heap (i32.add (local.get $at) (local.get $size)))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
      (local.get $at)))

  (component $inner
    (alias outer 1 $allocator (core module $allocator))
    (core instance $memory (instantiate $allocator))
    (alias core export $memory "memory" (core memory $m))
    (alias core export $memory "realloc" (core func $realloc))
    (core module $code
      (import "" "memory" (memory 1))
      (func (export "echo") (param $text i32) (param $length i32) (result i32)
        (i32.store (i32.const 0) (local.get $text))
        (i32.store (i32.const 4) (local.get $length))
        (i32.const 0)))
    (core instance $echo (instantiate $code (with "" (instance $memory))))
    (func (export "echo") (param "text" string) (result string)
      (canon lift (core func $echo "echo") (memory $m) (realloc $realloc) string-encoding=inner-encoding)))

  (component $outer
    (import "echo" (func $echo (param "text" string) (result string)))
    (alias outer 1 $allocator (core module $allocator))
    (core instance $memory (instantiate $allocator))
    (alias core export $memory "memory" (core memory $m))
    (alias core export $memory "realloc" (core func $realloc))
    (core func $lowered
      (canon lower (func $echo) (memory $m) (realloc $realloc) string-encoding=outer-encoding))
    (core module $code
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (func (export "run") (param $text i32) (param $length i32) (result i32)
        (call $echo (local.get $text) (local.get $length) (i32.const 16))
        (i32.const 16)))
    (core instance $run (instantiate $code (with "" (instance (export "echo" (func $lowered))))))
    (func (export "run") (param "text" string) (result string)
      (canon lift (core func $run "run") (memory $m) (realloc $realloc) string-encoding=outer-encoding)))

  (instance $first (instantiate $inner))
  (instance $second (instantiate $outer (with "echo" (func $first "echo"))))
  (export "run" (func $second "run")))
