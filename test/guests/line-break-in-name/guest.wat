(component
  (core module $m (func (export "run")) (func (export "a\0a\5c")))
  (core instance $i (instantiate $m))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
