/** A component translated to an ES module and its core modules, not yet compiled. */
export interface TranslatedComponent {
  glue: string;
  modules: [name: string, bytes: Uint8Array<ArrayBuffer>][];
  imports: string[];
  exports: string[];
}

/** How often the glue instantiates a core module. */
export function instancesOf(file: string, glue: string): number {
  const [, variable = ''] =
    new RegExp(`const (module\\d+) = getCoreModule\\('${RegExp.escape(file)}'\\)`).exec(glue) ?? [];
  return glue.split(new RegExp(`instantiateCore\\(${variable}\\b`)).length - 1;
}
