(table $table 1 funcref)
(func $attack (result i32)
  (loop $more
    (br_if $more (i32.ne (i32.const -1) (table.grow $table (ref.null func) (i32.const 1)))))
  (call $one (i32.le_u (table.size $table) (i32.const 1000)))
)
