(component
  (import "wasi:http/types@0.2.6" (instance $i (export "fields" (type (sub resource))))))
