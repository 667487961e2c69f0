;; Does what the red of the first pixel says: 0 traps, 50 refuses the picture, 75 logs "spin", 100 loops, 110 does one after
;; the other, 150 waits for a graph that runs for seconds, 200 calls itself 20,000 deep, 225 makes tensors
;; without end. Answers that no component should give: 10 a score that is no number, 20 a class beyond the labels, 30 a
;; class twice; and 40 classes of every order, which the host sorts. All else is an answer.
(data (i32.const 1024) "spiniterations")
(func $classify (export "sandpiper:inference/image-classification@0.1.0#classify")
  (param $width i32) (param $height i32) (param $format i32) (param $pixels i32) (param $bytes i32)
  (param i32 i32 i32 i32) (result i32)
  (local $red i32)
  (local.set $red (i32.load8_u (local.get $pixels)))
  (if (i32.eqz (local.get $red)) (then unreachable))
  (if (i32.eq (local.get $red) (i32.const 50)) (then (return (call $refuse))))
  (if (i32.or (i32.eq (local.get $red) (i32.const 75)) (i32.eq (local.get $red) (i32.const 110)))
    (then (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 4))))
  (if (i32.or (i32.eq (local.get $red) (i32.const 100)) (i32.eq (local.get $red) (i32.const 110)))
    (then (loop $again (br $again))))
  (if (i32.eq (local.get $red) (i32.const 150)) (then (call $spin)))
  (if (i32.eq (local.get $red) (i32.const 200)) (then (drop (call $deeper (i32.const 0)))))
  (if (i32.eq (local.get $red) (i32.const 225)) (then (loop $more (drop (call $number)) (br $more))))
  (if (i32.eq (local.get $red) (i32.const 10)) (then (return (call $not-a-number))))
  (if (i32.eq (local.get $red) (i32.const 20)) (then (return (call $one (i32.const 3)))))
  (if (i32.eq (local.get $red) (i32.const 30)) (then (return (call $three (i32.const 2) (i32.const 2) (i32.const 1)))))
  (if (i32.eq (local.get $red) (i32.const 40)) (then (return (call $three (i32.const 2) (i32.const 1) (i32.const 0)))))
  (call $one (i32.const 0)))

(func $not-a-number (result i32)
  (local $answer i32)
  (local.set $answer (call $one (i32.const 0)))
  (f32.store (i32.const 68) (f32.const nan))
  (local.get $answer))

;; ok of these classes, scored 0.25, 0.25 and 0.5
(func $three (param $first i32) (param $second i32) (param $third i32) (result i32)
  (i32.store (i32.const 64) (local.get $first))
  (f32.store (i32.const 68) (f32.const 0.25))
  (i32.store (i32.const 72) (local.get $second))
  (f32.store (i32.const 76) (f32.const 0.25))
  (i32.store (i32.const 80) (local.get $third))
  (f32.store (i32.const 84) (f32.const 0.5))
  (call $list (i32.const 64) (i32.const 3)))

;; err of invalid-input
(func $refuse (result i32)
  (i32.store (i32.const 32) (i32.const 1))
  (i32.store (i32.const 36) (i32.const 0))
  (i32.store (i32.const 40) (i32.const 1024))
  (i32.store (i32.const 44) (i32.const 4))
  (i32.const 32))

(func $spin
  (i64.store (i32.const 1048) (i64.const 1500000))
  (i32.store (i32.const 1060) (i32.const 1028))
  (i32.store (i32.const 1064) (i32.const 10))
  (i32.store (i32.const 1068)
    (call $tensor.new (i32.const 1040) (i32.const 0) (i32.const 6) (i32.const 1048) (i32.const 8)))
  (call $context.compute (call $open (i32.const 1024) (i32.const 4)) (i32.const 1060) (i32.const 1) (i32.const 128)))

;; 20,000 calls deep, which takes more than 1 MiB of stack and fits into 4
(func $deeper (param $depth i32) (result i32)
  (if (i32.eq (local.get $depth) (i32.const 20000)) (then (return (i32.const 0))))
  (i32.add (i32.const 1) (call $deeper (i32.add (local.get $depth) (i32.const 1)))))
