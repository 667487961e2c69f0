(component
  (import "wasi:filesystem/types@0.2.6" (instance $i (export "descriptor" (type (sub resource))))))
