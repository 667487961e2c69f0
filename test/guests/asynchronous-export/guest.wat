(component
  (core module $m (func (export "run") (result i32) unreachable) (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  (type $later (func async))
  (func $run (type $later) (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (export "run" (func $run)))
