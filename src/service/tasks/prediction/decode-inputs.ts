/** A request's values on their way into the component: files decoded, tensors checked. */
import { SandpiperError, type ErrorCode } from '../../../errors.ts';
import type { GuestInput, GuestInputValue } from '../../../sandbox/prediction/guest-values.ts';
import type { OpenPicture } from '../../../media/picture-decoder.ts';
import type { KeptPicture, PlacedPicture } from '../../../media/decode-placed.ts';
import type { InputDescription, NamedInput } from '../../api/predictions.ts';
import type { Media } from '../../models/component-task.ts';
import type { RequestScope } from '../../queue/request-scope.ts';
import type { Slot } from '../../queue/scheduler.ts';
import { decodeRequestSound } from '../decode-request-sound.ts';
import type { GivenInput } from './check-inputs.ts';
import { toGuestTensor } from './tensor-values.ts';

/** Inputs of a call, as they are decoded one after another. */
class DecodedInputs {
  readonly inputs: GuestInput[] = [];
  readonly media = {
    sounds: new Map<string, Float32Array<ArrayBuffer>[]>(),
    pictures: new Map<string, KeptPicture[]>(),
  };
  /** Buffers that go along into the guest's thread. */
  readonly transfer: ArrayBuffer[] = [];

  keepSound(name: string, samples: Float32Array<ArrayBuffer>): void {
    const { sounds } = this.media;
    sounds.set(name, [...(sounds.get(name) ?? []), samples]);
    this.transfer.push(samples.buffer);
  }

  keepPicture(name: string, picture: KeptPicture): void {
    const { pictures } = this.media;
    pictures.set(name, [...(pictures.get(name) ?? []), picture]);
    this.transfer.push(picture.pixels.buffer);
  }
}

/** Pictures that were looked into, by their values; what takes long is decoded already. */
export type OpenPictures = ReadonlyMap<NamedInput, () => Promise<PlacedPicture>>;

/**
 * Looks into each picture, and decodes what takes long: before the request has a slot, so that it keeps no other
 * from theirs.
 *
 * @throws SandpiperError `unsupported-media`, `unusable-input`, `input-too-large`
 */
export async function openPictures(
  given: readonly GivenInput[],
  { media, scope }: Pick<DecodeInputsOptions, 'media' | 'scope'>,
): Promise<OpenPictures> {
  const named = nameInput(given);
  const opened: { value: NamedInput; picture: OpenPicture<PlacedPicture> }[] = [];
  for (const { input, values } of given) {
    for (const value of values) {
      if (input.kind !== 'picture' || value.kind !== 'file') continue;
      const open = async (): Promise<OpenPicture<PlacedPicture>> =>
        media.pictures.openPlaced(value.bytes, input.picture);
      opened.push({ value, picture: await named(input.name, open) });
    }
  }
  const ready = new Map<NamedInput, () => Promise<PlacedPicture>>();
  for (const { value, picture } of opened) {
    const decode = async (): Promise<PlacedPicture> =>
      named(value.name, async () => scope.span.during('media', async () => picture.decode(scope)));
    const decoded = picture.long ? await decode() : undefined;
    ready.set(value, decoded === undefined ? decode : async () => decoded);
  }
  return ready;
}

export interface DecodeInputsOptions {
  media: Media;
  pictures: OpenPictures;
  scope: RequestScope;
  slot: Slot;
  tensorBytes: number;
}

/** @throws SandpiperError `unsupported-media`, `unusable-input`, `input-too-large`, `invalid-request` */
export async function decodeInputs(
  given: readonly GivenInput[],
  options: DecodeInputsOptions,
): Promise<DecodedInputs> {
  const decoded = new DecodedInputs();
  const named = nameInput(given);
  for (const { input, values } of given) {
    for (const value of values) {
      const one = await decodeValue(input, value, decoded, { ...options, named });
      decoded.inputs.push({ name: input.name, value: one });
    }
  }
  return decoded;
}

async function decodeValue(
  input: InputDescription,
  value: NamedInput,
  decoded: DecodedInputs,
  options: DecodeInputsOptions & { named: NameInput },
): Promise<GuestInputValue> {
  switch (value.kind) {
    case 'text':
      return { tag: 'text', val: value.text };
    case 'json':
      return { tag: 'json', val: value.json };
    case 'tensor': {
      if (input.kind !== 'tensor') throw new TypeError(`Input ${input.name} is no tensor.`);
      const tensor = toGuestTensor(input.name, value.tensor, input, options.tensorBytes);
      decoded.transfer.push(tensor.data.buffer);
      return { tag: 'tensor', val: tensor };
    }
    case 'file':
      return decodeFile(input, value, decoded, options);
  }
}

async function decodeFile(
  input: InputDescription,
  value: Extract<NamedInput, { kind: 'file' }>,
  decoded: DecodedInputs,
  { media, pictures, scope, slot, named }: DecodeInputsOptions & { named: NameInput },
): Promise<GuestInputValue> {
  const { bytes } = value;
  if (input.kind === 'sound') {
    const samples = await named(input.name, async () =>
      decodeRequestSound(bytes, input.sampleRate, { sounds: media.sound, scope, slot }),
    );
    decoded.keepSound(input.name, samples);
    return { tag: 'sound', val: BigInt(samples.length) };
  }
  const decode = pictures.get(value);
  if (decode !== undefined) {
    const { kept, ...picture } = await decode();
    decoded.transfer.push(picture.pixels.buffer);
    if (kept !== undefined) decoded.keepPicture(input.name, kept);
    return { tag: 'picture', val: picture };
  }
  // Alone in its buffer: of a view all of what it views would cross over.
  const own = new Uint8Array(bytes);
  decoded.transfer.push(own.buffer);
  return { tag: 'file', val: own };
}

const OF_FILES: readonly ErrorCode[] = [
  'invalid-request',
  'unsupported-media',
  'unusable-input',
  'input-too-large',
];

type NameInput = <Done>(input: string, work: () => Promise<Done>) => Promise<Done>;

/** Says of which input a file was that is refused: of several files in a request, its words would fit each. */
function nameInput(given: readonly GivenInput[]): NameInput {
  const files = given.flatMap(({ values }) => values.filter(({ kind }) => kind === 'file'));
  return async (input, work) => {
    try {
      return await work();
    } catch (error) {
      const isOfFile = error instanceof SandpiperError && OF_FILES.includes(error.code);
      if (files.length < 2 || !isOfFile) throw error;
      throw new SandpiperError(error.code, `Input "${input}": ${error.message}`, { cause: error });
    }
  };
}
