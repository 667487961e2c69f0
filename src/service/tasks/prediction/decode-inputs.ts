/** A request's values on their way into the component: files decoded, tensors checked. */
import type { CallMedia, KeptPicture } from '../../../sandbox/prediction/call-media.ts';
import type { GuestInput, GuestInputValue } from '../../../sandbox/prediction/guest-values.ts';
import type { OpenPicture } from '../../../media/picture-decoder.ts';
import type { PlacedPicture } from '../../../media/decode-placed.ts';
import type { InputDescription, NamedInput } from '../../api/predictions.ts';
import type { Media } from '../../models/media.ts';
import type { RequestScope } from '../../queue/request-scope.ts';
import type { Slot } from '../../queue/scheduler.ts';
import { decodeRequestSound } from '../decode-request-sound.ts';
import type { GivenInput } from './check-inputs.ts';
import { nameInput, type NameInput } from './name-input.ts';
import { toGuestTensor } from './tensor-values.ts';

export interface DecodedInputs {
  inputs: GuestInput[];
  media: CallMedia;
  /** Buffers that go along into the guest's thread. */
  transfer: ArrayBuffer[];
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
      named(value.name, async () => decodeOpened(picture, scope));
    const decoded = picture.long ? await decode() : undefined;
    ready.set(value, decoded === undefined ? decode : async () => decoded);
  }
  return ready;
}

async function decodeOpened(
  picture: OpenPicture<PlacedPicture>,
  scope: RequestScope,
): Promise<PlacedPicture> {
  return scope.span.during('media', async () => picture.decode(scope));
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
  const sounds = new Map<string, Float32Array<ArrayBuffer>[]>();
  const pictures = new Map<string, KeptPicture[]>();
  const transfer: ArrayBuffer[] = [];
  const inputs: GuestInput[] = [];
  const keep = {
    sound: (name: string, samples: Float32Array<ArrayBuffer>) => {
      sounds.set(name, [...(sounds.get(name) ?? []), samples]);
      transfer.push(samples.buffer);
    },
    picture: (name: string, picture: KeptPicture) => {
      pictures.set(name, [...(pictures.get(name) ?? []), picture]);
      transfer.push(picture.pixels.buffer);
    },
    bytes: (buffer: ArrayBuffer) => transfer.push(buffer),
  };
  const named = nameInput(given);
  for (const { input, values } of given) {
    for (const value of values) {
      inputs.push({
        name: input.name,
        value: await decodeValue(input, value, keep, { ...options, named }),
      });
    }
  }
  return { inputs, media: { sounds, pictures }, transfer };
}

interface Keep {
  sound: (name: string, samples: Float32Array<ArrayBuffer>) => void;
  picture: (name: string, picture: KeptPicture) => void;
  bytes: (buffer: ArrayBuffer) => void;
}

async function decodeValue(
  input: InputDescription,
  value: NamedInput,
  keep: Keep,
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
      keep.bytes(tensor.data.buffer);
      return { tag: 'tensor', val: tensor };
    }
    case 'file':
      return decodeFile(input, value, keep, options);
  }
}

async function decodeFile(
  input: InputDescription,
  value: Extract<NamedInput, { kind: 'file' }>,
  keep: Keep,
  { media, pictures, scope, slot, named }: DecodeInputsOptions & { named: NameInput },
): Promise<GuestInputValue> {
  const { bytes } = value;
  if (input.kind === 'sound') {
    const samples = await named(input.name, async () =>
      decodeRequestSound(bytes, input.sampleRate, { sounds: media.sound, scope, slot }),
    );
    keep.sound(input.name, samples);
    return { tag: 'sound', val: BigInt(samples.length) };
  }
  const decode = pictures.get(value);
  if (decode !== undefined) {
    const { kept, ...picture } = await decode();
    keep.bytes(picture.pixels.buffer);
    if (kept !== undefined) keep.picture(input.name, kept);
    return { tag: 'picture', val: picture };
  }
  // Alone in its buffer: of a view all of what it views would cross over.
  const own = new Uint8Array(bytes);
  keep.bytes(own.buffer);
  return { tag: 'file', val: own };
}
