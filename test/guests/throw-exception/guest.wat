(tag $thrown (param i32))
(func $attack (result i32)
  (throw $thrown (i32.const 1))
)
