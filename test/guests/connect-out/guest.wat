(component
  (import "wasi:sockets/network@0.2.6" (instance $i (export "network" (type (sub resource))))))
