(component
  (import "wasi:io/streams@0.2.6" (instance $s
    (export "output-stream" (type (sub resource)))
    (export "[static]output-stream.constructor" (func (param "code" string))))))
