(func $attack (result i32)
  (local $context i32) (local $i i32)
  (local.set $context (call $open (i32.const 512) (i32.const 8)))
  (loop $more
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $more (i32.eqz (call $run (local.get $context) (call $number)))))
  (call $one (local.get $i))
)
