import type { PictureDecoder } from '../../media/decode-picture.ts';
import type { SoundDecoder } from '../../media/decode-sound.ts';
import type { ServiceLimits } from '../../config/limits.ts';

/** What turns clients' files into what components take. */
export interface Media {
  pictures: PictureDecoder;
  sound: SoundDecoder;
  limits: ServiceLimits;
}
