(table 1000000 funcref)
(func $attack (result i32)
  (call $nothing)
)
