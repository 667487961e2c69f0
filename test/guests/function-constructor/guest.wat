(component
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" (instance $t
    (export "tensor" (type (sub resource)))
    (export "[static]tensor.constructor" (func (param "code" string)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $im (instantiate $memory))
  (alias export $t "[static]tensor.constructor" (func $make))
  (core func $lowered (canon lower (func $make) (memory (core memory $im "memory"))))
  (core module $m (import "host" "make" (func (param i32 i32))) (func (export "run") (call 0 (i32.const 0) (i32.const 0))))
  (core instance $i (instantiate $m (with "host" (instance (export "make" (func $lowered))))))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
