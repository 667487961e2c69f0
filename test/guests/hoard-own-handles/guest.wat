(component $beside-good
  (type $own (resource (rep i32)))
  (core func $new (canon resource.new $own))
  (core module $m
    (import "host" "new" (func $new (param i32) (result i32)))
    (func $hoard (loop $again
      (drop (call $new (i32.const 1)))
      (br $again)))
    (start $hoard))
  (core instance $i (instantiate $m (with "host" (instance (export "new" (func $new)))))))
