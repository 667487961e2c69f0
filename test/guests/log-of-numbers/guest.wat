(component
  (import "wasi:logging/logging@0.1.0-draft" (instance $l
    (export "log" (func (param "level" string) (param "context" u32) (param "message" u32)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $im (instantiate $memory))
  (alias export $l "log" (func $log))
  (core func $lowered (canon lower (func $log) (memory (core memory $im "memory"))))
  (core module $m (import "host" "log" (func (param i32 i32 i32 i32))) (func (export "run")))
  (core instance $i (instantiate $m (with "host" (instance (export "log" (func $lowered))))))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
