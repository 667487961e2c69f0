/** Folders of a command: read before it starts, and the writable ones written back when it has ended. */
import { resolve } from 'node:path';
import { invalidConfig } from '../errors.ts';
import { FolderImageReader, type FolderImage } from '../capabilities/filesystem/folder-image.ts';
import { writeFolder } from '../repository/write-folder.ts';

export interface FolderGrants {
  /** Read-only folders of the host by the paths under which the command sees them. */
  folders: Readonly<Record<string, string>>;
  /** Writable folders of the host by the paths under which the command sees them. */
  writableFolders: Readonly<Record<string, string>>;
}

/** Folders by the command's paths. */
export type FolderImages = ReadonlyMap<string, FolderImage>;

/**
 * @param folderBytes most bytes of all files of all folders, those that the command writes included
 * @throws SandpiperError `invalid-config`, `invalid-model`
 */
export async function readFolders(
  { folders, writableFolders }: FolderGrants,
  folderBytes: number,
): Promise<FolderImages> {
  const twice = Object.keys(folders).find((guest) => Object.hasOwn(writableFolders, guest));
  if (twice !== undefined) {
    throw invalidConfig(
      `The path ${twice} is given twice, with --dir and with --dir-writable; give it once, or another name with host::guest.`,
    );
  }
  const remedy = 'give smaller folders, or a larger --dir-bytes';
  const reader = new FolderImageReader('--dir', '/', folderBytes, remedy);
  const images = new Map<string, FolderImage>();
  const read = async (host: string): Promise<FolderImage> => reader.read(`.${resolve(host)}`, host);
  for (const [guest, host] of Object.entries(folders)) images.set(guest, await read(host));
  for (const [guest, host] of Object.entries(writableFolders)) {
    images.set(guest, { ...(await read(host)), writable: true });
  }
  return images;
}

/**
 * Writes what a command has changed to the host's folders.
 *
 * @param left the folders as the command left them
 * @throws SandpiperError `invalid-config`
 */
export async function writeFolders(
  before: FolderImages,
  left: FolderImages,
  { writableFolders }: FolderGrants,
): Promise<void> {
  for (const [guest, image] of left) {
    const [was, host] = [before.get(guest), writableFolders[guest]];
    if (was !== undefined && host !== undefined) await writeFolder(was, image, host);
  }
}
