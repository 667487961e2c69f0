/** A component translated to an ES module and its core modules, not yet compiled. */
export interface TranslatedComponent {
  glue: string;
  modules: [name: string, bytes: Uint8Array<ArrayBuffer>][];
  imports: string[];
  exports: string[];
}

/** How often the glue instantiates each core module. One pass: a component may have a thousand modules and megabytes of glue. */
export function instancesOf({ glue, modules }: Pick<TranslatedComponent, 'glue' | 'modules'>): number[] {
  const times = new Map<string, number>();
  for (const [, variable = ''] of glue.matchAll(/instantiateCore\((module\d+)\b/g))
    times.set(variable, (times.get(variable) ?? 0) + 1);
  const variables = new Map<string, string>();
  for (const [, variable = '', file = ''] of glue.matchAll(/const (module\d+) = getCoreModule\('([^']*)'\)/g))
    variables.set(file, variable);
  return modules.map(([file]) => times.get(variables.get(file) ?? '') ?? 0);
}
