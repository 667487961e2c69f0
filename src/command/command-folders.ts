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

export class CommandFolders {
  /** Folders as read, by the command's paths. */
  readonly images: ReadonlyMap<string, FolderImage>;
  readonly #writable: FolderGrants['writableFolders'];
  #left: ReadonlyMap<string, FolderImage> = new Map();

  private constructor(images: ReadonlyMap<string, FolderImage>, writable: FolderGrants['writableFolders']) {
    this.images = images;
    this.#writable = writable;
  }

  /**
   * @param folderBytes most bytes of all files of all folders, those that the command writes included
   * @throws SandpiperError `invalid-config`, `invalid-model`
   */
  static async read(
    { folders, writableFolders }: FolderGrants,
    folderBytes: number,
  ): Promise<CommandFolders> {
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
    return new CommandFolders(images, writableFolders);
  }

  /** Takes the final state of the folders. */
  readonly left = (folders: ReadonlyMap<string, FolderImage>): void => {
    this.#left = folders;
  };

  /** Writes the changes to the host's folders. @throws SandpiperError `invalid-config` */
  async write(): Promise<void> {
    for (const [guest, image] of this.#left) {
      const [before, host] = [this.images.get(guest), this.#writable[guest]];
      if (before !== undefined && host !== undefined) await writeFolder(before, image, host);
    }
  }
}
