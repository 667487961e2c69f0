(component $beside-good
  (type $own (resource (rep i32)))
  (core func $new (canon resource.new $own))
  (core func $drop (canon resource.drop $own))
  (core module $m
    (import "host" "new" (func $new (param i32) (result i32)))
    (import "host" "drop" (func $drop (param i32)))
    (global $rep (mut i32) (i32.const 1))
    (func $churn (loop $again
      (call $drop (call $new (global.get $rep)))
      (global.set $rep (i32.add (global.get $rep) (i32.const 1)))
      (br $again)))
    (start $churn))
  (core instance $i (instantiate $m
    (with "host" (instance (export "new" (func $new)) (export "drop" (func $drop)))))))
