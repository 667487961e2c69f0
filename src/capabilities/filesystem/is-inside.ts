import { isAbsolute, relative } from 'node:path';

/** Whether a path is a folder or lies in it, both of them real: without links in them. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  // A name may begin with two dots, as the folders of a Kubernetes volume do.
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
