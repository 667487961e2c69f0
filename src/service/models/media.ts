import type { PictureDecoder } from '../../media/decode-picture.ts';
import type { SoundDecoder } from '../../media/decode-sound.ts';
import type { ServiceLimits } from '../../config/limits.ts';

export interface Media {
  pictures: PictureDecoder;
  sound: SoundDecoder;
  limits: ServiceLimits;
}
