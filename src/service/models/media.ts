import type { PictureDecoder } from '../../media/picture-decoder.ts';
import type { SoundDecoder } from '../../media/sound-decoder.ts';
import type { ServiceLimits } from '../../config/limits.ts';

export interface Media {
  pictures: PictureDecoder;
  sound: SoundDecoder;
  limits: ServiceLimits;
}
