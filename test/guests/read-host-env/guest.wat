(component
  (import "wasi:cli/environment@0.2.6" (instance $i (export "get-environment" (func (result (list (tuple string string))))))))
