(component
  (import "wasi:cli/exit@0.2.6" (instance $i (export "exit" (func (param "status" (result)))))))
