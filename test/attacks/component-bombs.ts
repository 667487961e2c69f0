/**
 * Texts of components that are small and cost whoever compiles, translates or instantiates them minutes or gigabytes:
 * a guest as in test/guests, which answers its sample and does its worst when it is asked for seven classes.
 */

/** Asked for seven classes, it calls what is worst about it. */
function whenAskedFor7(worst: string): string {
  return `(func $classify (export "sandpiper:inference/image-classification@0.1.0#classify")
    (param $width i32) (param $height i32) (param $format i32) (param $pixels i32) (param $bytes i32)
    (param $has i32) (param $k i32) (param i32 i32) (result i32)
    (if (i32.eq (local.get $k) (i32.const 7)) (then ${worst}))
    (call $one (i32.const 1)))`;
}

/** Functions of nested loops, made hot so that the optimising compiler takes them up. */
export function nestedLoops(loops: number, functions: number, times = 300_000): string {
  const bodies = repeat(
    functions,
    (at) =>
      `(func $big${at} (param i32) (if (i32.eqz (local.get 0)) (then (return))) ${'(loop '.repeat(loops)}${')'.repeat(loops)})`,
  );
  const hot = repeat(
    functions,
    (at) => `(local.set $i (i32.const ${times})) (loop $l${at} (call $big${at} (i32.const 0))
      (br_if $l${at} (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`,
  );
  return `${bodies} (func $heat (local $i i32) ${hot}) ${whenAskedFor7('(call $heat)')}`;
}

/** A function of many locals with what multiplies by them. */
export function locals(count: number, body: string): string {
  return `(func $big (local ${'i32 '.repeat(count)}) ${body}) ${whenAskedFor7('(call $big)')}`;
}

export function globals(count: number): string {
  return `${repeat(count, () => '(global (mut i64) (i64.const 0))')} ${whenAskedFor7('(nop)')}`;
}

/** A component that has a core module many times, each time with all of its globals. */
export function instances(count: number, globalsOfEach: number): string {
  return `(component
    (core module $m ${repeat(globalsOfEach, () => '(global (mut i64) (i64.const 0))')})
    ${repeat(count, () => '(core instance (instantiate $m))')})`;
}

/** A component that has another many times, which has a core module many times. */
export function instancesOfInstances(outer: number, inner: number): string {
  return `(component (component $c
    (core module $m) ${repeat(inner, () => '(core instance (instantiate $m))')})
    ${repeat(outer, () => '(instance (instantiate $c))')})`;
}

/** Types of which each has the former one twice, and functions of the last. */
export function glue(depth: number, functions: number): string {
  return `(component
    (core module $m (memory (export "mem") 1) (func (export "f") (param i32))
      (func (export "re") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (alias core export $i "mem" (core memory $mem)) (alias core export $i "re" (core func $re))
    (type $t0 string)
    ${repeat(depth, (at) => `(type $t${at + 1} (tuple $t${at} $t${at}))`)}
    ${repeat(
      functions,
      (at) => `(func $f${at} (param "a" $t${depth})
        (canon lift (core func $i "f") (memory $mem) (realloc $re)))
      (export "f${at}" (func $f${at}))`,
    )})`;
}

/** Many core modules beside glue of megabytes: what is looked up in the glue for each of them takes long. */
export function modulesBesideGlue(modules: number): string {
  const fields = repeat(
    modules,
    (at) =>
      `(core module $m${at} (memory 0) (data "${'a'.repeat(600)}")) (core instance (instantiate $m${at}))`,
  );
  return glue(9, 12).replace('(component', `(component ${fields}`);
}

/** The same code, two components deep. */
export function nestedComponent(code: string): string {
  return `(component (component (component
    (core module $m ${code})
    (core instance (instantiate $m)))
    (instance (instantiate 0))) (instance (instantiate 0)))`;
}

/** A component that has a built-in of the component model without any use for it. */
export function builtIn(canonical: string, types = ''): string {
  return `(component ${types} (core module $m (memory (export "mem") 1)) (core instance $i (instantiate $m))
    (alias core export $i "mem" (core memory $mem)) (core func (canon ${canonical})))`;
}

export function repeat(count: number, make: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => make(at)).join('\n');
}
