(component
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" (instance $t
    (export "tensor" (type $tensor (sub resource)))
    (export "[constructor]tensor" (func (param "dimensions" (list string)) (param "ty" string) (param "data" string) (result (own $tensor))))))
  (core module $memory (memory (export "memory") 1))
  (core instance $im (instantiate $memory))
  (alias export $t "[constructor]tensor" (func $make))
  (core func $lowered (canon lower (func $make) (memory (core memory $im "memory"))))
  (core module $m (import "host" "make" (func (param i32 i32 i32 i32 i32 i32) (result i32))) (func (export "run")))
  (core instance $i (instantiate $m (with "host" (instance (export "make" (func $lowered))))))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
