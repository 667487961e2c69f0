;; One component made of two, as `wac plug` makes it: what the postprocessor imports from the preprocessor is
;; wired inside, and all else comes from the host. Its two empty components stand for the built ones.
(component
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" (instance $tensors
    (export "tensor" (type $tensor (sub resource)))
    (type $types (enum "FP16" "FP32" "FP64" "BF16" "U8" "I32" "I64"))
    (export "tensor-type" (type $type (eq $types)))
    (type $bytes (list u8))
    (export "tensor-data" (type $data (eq $bytes)))
    (type $numbers (list u32))
    (export "tensor-dimensions" (type $dimensions (eq $numbers)))
    (export "[constructor]tensor"
      (func (param "dimensions" $dimensions) (param "ty" $type) (param "data" $data) (result (own $tensor))))
    (export "[method]tensor.ty" (func (param "self" (borrow $tensor)) (result $type)))
    (export "[method]tensor.data" (func (param "self" (borrow $tensor)) (result $data)))))
  (alias export $tensors "tensor" (type $tensor))

  (import "wasi:nn/errors@0.2.0-rc-2024-10-28" (instance $errors
    (export "error" (type $error (sub resource)))
    (type $codes (enum "invalid-argument" "invalid-encoding" "timeout" "runtime-error" "unsupported-operation"
      "too-large" "not-found" "security" "unknown"))
    (export "error-code" (type $code (eq $codes)))
    (export "[method]error.code" (func (param "self" (borrow $error)) (result $code)))
    (export "[method]error.data" (func (param "self" (borrow $error)) (result string)))))
  (alias export $errors "error" (type $error))
  (alias export $errors "error-code" (type $error-code))

  (import "wasi:nn/inference@0.2.0-rc-2024-10-28" (instance $inference
    (export "graph-execution-context" (type $context (sub resource)))
    (alias outer 1 $tensor (type $outer-tensor))
    (export "tensor" (type $tensor (eq $outer-tensor)))
    (type $name-and-tensor (tuple string (own $tensor)))
    (export "named-tensor" (type $named-tensor (eq $name-and-tensor)))
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (export "[method]graph-execution-context.compute"
      (func (param "self" (borrow $context)) (param "inputs" (list $named-tensor))
        (result (result (list $named-tensor) (error (own $error))))))))
  (alias export $inference "graph-execution-context" (type $context))
  (alias export $inference "named-tensor" (type $named-tensor))

  (import "wasi:nn/graph@0.2.0-rc-2024-10-28" (instance $graphs
    (export "graph" (type $graph (sub resource)))
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (alias outer 1 $context (type $outer-context))
    (export "graph-execution-context" (type $context (eq $outer-context)))
    (export "[method]graph.init-execution-context"
      (func (param "self" (borrow $graph)) (result (result (own $context) (error (own $error))))))
    (export "load-by-name"
      (func (param "name" string) (result (result (own $graph) (error (own $error))))))))

  (import "sandpiper:inference/bound-inputs@0.1.0" (instance $bound-inputs
    (alias outer 1 $context (type $outer-context))
    (export "graph-execution-context" (type $context (eq $outer-context)))
    (alias outer 1 $named-tensor (type $outer-named-tensor))
    (export "named-tensor" (type $named-tensor (eq $outer-named-tensor)))
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (export "bind"
      (func (param "context" (borrow $context)) (param "inputs" (list $named-tensor))
        (result (result (error (own $error))))))))

  (import "wasi:logging/logging@0.1.0-draft" (instance $logging
    (type $levels (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $levels)))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))

  (import "sandpiper:inference/failures@0.1.0" (instance $failures
    (alias outer 1 $error-code (type $outer-code))
    (export "error-code" (type $code (eq $outer-code)))
    (type $code-and-message (record (field "code" $code) (field "message" string)))
    (export "inference-failure" (type $inference-failure (eq $code-and-message)))
    (type $cases (variant (case "invalid-input" string) (case "unsupported" string)
      (case "inference" $inference-failure) (case "internal" string)))
    (export "failure" (type (eq $cases)))))

  (component $preprocessor)
  (component $postprocessor)

  (instance $first (instantiate $preprocessor
    (with "wasi:logging/logging@0.1.0-draft" (instance $logging))))
  (alias export $first "sandpiper:composed/preprocessing" (instance $preprocessing))

  (instance $second (instantiate $postprocessor
    (with "sandpiper:composed/preprocessing" (instance $preprocessing))
    (with "wasi:nn/tensor@0.2.0-rc-2024-10-28" (instance $tensors))
    (with "wasi:nn/errors@0.2.0-rc-2024-10-28" (instance $errors))
    (with "wasi:nn/inference@0.2.0-rc-2024-10-28" (instance $inference))
    (with "wasi:nn/graph@0.2.0-rc-2024-10-28" (instance $graphs))
    (with "sandpiper:inference/bound-inputs@0.1.0" (instance $bound-inputs))
    (with "wasi:logging/logging@0.1.0-draft" (instance $logging))
    (with "sandpiper:inference/failures@0.1.0" (instance $failures))))
  (alias export $second "sandpiper:inference/image-classification@0.1.0" (instance $classification))
  (export "sandpiper:inference/image-classification@0.1.0" (instance $classification)))
