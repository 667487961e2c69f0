(component
  (import "sandpiper:inference/graph-facts@0.1.0" (instance $f
    (export "describe" (func (param "graph" u32) (result string)))))
  (core module $memory (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
  (core instance $im (instantiate $memory))
  (alias export $f "describe" (func $describe))
  (core func $lowered (canon lower (func $describe) (memory (core memory $im "memory"))
    (realloc (core func $im "cabi_realloc"))))
  (core module $m (import "host" "describe" (func (param i32 i32))) (func (export "run")))
  (core instance $i (instantiate $m (with "host" (instance (export "describe" (func $lowered))))))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
