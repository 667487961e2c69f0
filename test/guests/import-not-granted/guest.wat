(component
  (import "acme:secrets/vault@1.0.0" (instance $i (export "open" (func (result string))))))
