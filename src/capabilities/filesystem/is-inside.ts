import { isAbsolute, relative } from 'node:path';

/** Whether a path is a folder or inside it; both without links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  // A name may begin with two dots: folders of Kubernetes volumes do.
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
