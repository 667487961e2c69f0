(component
  (core module $m (memory (export "memory") 1) (func (export "run") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func $classify (result string) (canon lift (core func $i "run") (memory (core memory $i "memory"))))
  (instance $task (export "classify" (func $classify)))
  (export "sandpiper:inference/image-classification@0.1.0" (instance $task)))
