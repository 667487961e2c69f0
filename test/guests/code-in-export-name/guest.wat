(component
  (core module $a (func (export "f'], globalThis.pwned=1, {}['f")))
  (core module $m (import "m" "f" (func)) (func (export "run")))
  (core instance $ia (instantiate $a))
  (alias core export $ia "f'], globalThis.pwned=1, {}['f" (core func $f))
  (core instance $i (instantiate $m (with "m" (instance (export "f" (func $f))))))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
