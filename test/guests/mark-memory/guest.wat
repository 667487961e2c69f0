;; Counts the marks in its memory, which it does not grow, and marks each of its pages of 4 KiB.
(func $attack (result i32)
  (local $at i32)
  (local $found i32)
  (local.set $at (i32.const 4092))
  (loop $pages
    (local.set $found (i32.add (local.get $found) (i32.eq (i32.load (local.get $at)) (i32.const 0x6b72616d))))
    (i32.store (local.get $at) (i32.const 0x6b72616d))
    (local.set $at (i32.add (local.get $at) (i32.const 4096)))
    (br_if $pages (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
  (call $one (local.get $found)))
