(component
  (core module $m (type $f (func)) (table 3 (ref $f) (ref.func 0)) (func (type $f)) (func (export "run")))
  (core instance $i (instantiate $m))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
