;; A transcriber that gives times of words. What it does is said by the length of the sound, in tenths of a second:
;; 1 tells "Hello" and " world" and gives both, 2 traps after "Hello", 3 tells "Other" and gives "Hello world",
;; 4 gives it without telling anything, 5 loops after "Hello", 6 loops, 7 tells and gives 4,096 times "x".
;; Answers that no component should give: 8 a segment that ends before it starts, 9 a word whose time is no number, 10 a
;; word before the last, 11 a probability that is no number, 12 progress that runs backwards.
;; 13 gives its prompt for text, and its temperature for the probability.
(module
  (import "sandpiper:inference/sound@0.1.0" "length" (func $length (result i64)))
  (import "sandpiper:inference/progress@0.1.0" "report" (func $report (param i32 i32 f64)))
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 65536))
  (data (i32.const 512) "Hello world")
  (data (i32.const 528) "Other")
  (data (i32.const 544) "en")

  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; 16 kHz, pieces of 30 s, English, words
  (func (export "sandpiper:inference/speech-transcription@0.1.0#describe") (result i32)
    (i32.store (i32.const 4) (i32.const 16000))
    (f32.store (i32.const 8) (f32.const 30))
    (i32.store (i32.const 12) (i32.const 552))
    (i32.store (i32.const 16) (i32.const 1))
    (i32.store (i32.const 20) (i32.const 1))
    (i32.store (i32.const 552) (i32.const 544))
    (i32.store (i32.const 556) (i32.const 2))
    (i32.const 0))

  (func (export "sandpiper:inference/speech-transcription@0.1.0#transcribe")
    (param i32 i32 i32) (param $prompted i32) (param $prompt i32) (param $bytes i32) (param $heated i32)
    (param $temperature f32) (param i32) (result i32)
    (local $what i32)
    (local $answer i32)
    (local.set $what (i32.div_u (i32.wrap_i64 (call $length)) (i32.const 1600)))
    (if (i32.eq (local.get $what) (i32.const 6)) (then (loop $again (br $again))))
    (if (i32.eq (local.get $what) (i32.const 4)) (then (return (call $hello))))
    (if (i32.eq (local.get $what) (i32.const 7)) (then (return (call $flood))))
    (if (i32.and (i32.eq (local.get $what) (i32.const 13)) (i32.and (local.get $prompted) (local.get $heated))) (then
      (local.set $answer (call $transcript (local.get $prompt) (local.get $bytes)))
      (f32.store (i32.const 96) (local.get $temperature))
      (return (local.get $answer))))
    (if (i32.and (i32.ge_u (local.get $what) (i32.const 8)) (i32.le_u (local.get $what) (i32.const 11))) (then
      (return (call $odd (local.get $what)))))
    (if (i32.eq (local.get $what) (i32.const 12)) (then
      (call $report (i32.const 512) (i32.const 5) (f64.const 0.3))
      (call $report (i32.const 517) (i32.const 6) (f64.const 0.2))
      (return (call $hello))))
    (if (i32.eq (local.get $what) (i32.const 3)) (then
      (call $report (i32.const 528) (i32.const 5) (f64.const 0.1))
      (return (call $hello))))
    (call $report (i32.const 512) (i32.const 5) (f64.const 0.1))
    (if (i32.eq (local.get $what) (i32.const 2)) (then unreachable))
    (if (i32.eq (local.get $what) (i32.const 5)) (then (loop $again (br $again))))
    (call $report (i32.const 517) (i32.const 6) (f64.const 0.2))
    (call $hello))

  (func $flood (result i32)
    (local $told i32)
    (memory.fill (i32.const 4096) (i32.const 120) (i32.const 4096))
    (loop $more
      (call $report (i32.const 4096) (i32.const 1) (f64.const 0.1))
      (local.set $told (i32.add (local.get $told) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $told) (i32.const 4096))))
    (call $transcript (i32.const 4096) (i32.const 4096)))

  ;; the transcript of $hello with one number changed
  (func $odd (param $what i32) (result i32)
    (local $answer i32)
    (local.set $answer (call $hello))
    (if (i32.eq (local.get $what) (i32.const 8)) (then (f64.store (i32.const 72) (f64.const 0.2))))
    (if (i32.eq (local.get $what) (i32.const 9)) (then (f64.store (i32.const 136) (f64.const nan))))
    (if (i32.eq (local.get $what) (i32.const 10)) (then (f64.store (i32.const 136) (f64.const 0.05))
      (f64.store (i32.const 160) (f64.const 0.01))))
    (if (i32.eq (local.get $what) (i32.const 11)) (then (f32.store (i32.const 96) (f32.const nan))))
    (local.get $answer))

  (func $hello (result i32) (call $transcript (i32.const 512) (i32.const 11)))

  ;; ok of one segment with this text, of two tokens, and with the words "Hello" and "world"
  (func $transcript (param $text i32) (param $bytes i32) (result i32)
    (i32.store (i32.const 32) (i32.const 0))
    (i32.store (i32.const 36) (local.get $text))
    (i32.store (i32.const 40) (local.get $bytes))
    (i32.store (i32.const 44) (i32.const 544))
    (i32.store (i32.const 48) (i32.const 2))
    (i32.store (i32.const 52) (i32.const 64))
    (i32.store (i32.const 56) (i32.const 1))
    ;; the segment
    (i32.store (i32.const 64) (local.get $text))
    (i32.store (i32.const 68) (local.get $bytes))
    (f64.store (i32.const 72) (f64.const 0))
    (f64.store (i32.const 80) (f64.const 0.1))
    (i32.store (i32.const 88) (i32.const 112))
    (i32.store (i32.const 92) (i32.const 2))
    (f32.store (i32.const 96) (f32.const -0.5))
    (i32.store (i32.const 100) (i32.const 128))
    (i32.store (i32.const 104) (i32.const 2))
    ;; its tokens
    (i32.store (i32.const 112) (i32.const 7))
    (i32.store (i32.const 116) (i32.const 8))
    ;; its words
    (i32.store (i32.const 128) (i32.const 512))
    (i32.store (i32.const 132) (i32.const 5))
    (f64.store (i32.const 136) (f64.const 0))
    (f64.store (i32.const 144) (f64.const 0.05))
    (i32.store (i32.const 152) (i32.const 518))
    (i32.store (i32.const 156) (i32.const 5))
    (f64.store (i32.const 160) (f64.const 0.05))
    (f64.store (i32.const 168) (f64.const 0.1))
    (i32.const 32)))
