(component
  (import "constructor" (func $f (param "code" u32))))
