(component
  (core module $a (func (export "f")))
  (core module $m (import "m': {}, [globalThis.pwned=1]: {}, 'n" "f" (func)) (func (export "run")))
  (core instance $ia (instantiate $a))
  (core instance $i (instantiate $m (with "m': {}, [globalThis.pwned=1]: {}, 'n" (instance $ia))))
  (func $run (canon lift (core func $i "run")))
  (export "run" (func $run)))
