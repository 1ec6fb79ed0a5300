import type { ImageSize, Region } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { Mask } from '../images/cut-out.ts';
import { coverage, regionOfMask } from '../images/mask-region.ts';

/** A mask of less is nothing, of more is everything: shares of the picture. */
const least = 0.002;
const most = 0.985;

/**
 * The square round what a mask shows, in pixels of the picture.
 * @param wasPointedAt the person said where it is
 * @throws PinwordError 'nothing-to-cut-out' where the mask shows nothing, or everything
 */
export function regionOfSubject(mask: Mask, picture: ImageSize, wasPointedAt: boolean): Region {
  const share = coverage(mask);
  if (share > most)
    throw new PinwordError(
      'nothing-to-cut-out',
      'All of the picture was taken for the subject, so there is no background to leave out. Crop the picture instead, or point at the subject.',
    );
  const region = share < least ? null : regionOfMask(mask, picture);
  if (region !== null) return region;
  throw new PinwordError(
    'nothing-to-cut-out',
    wasPointedAt
      ? 'Nothing was found at these points. Set one in the middle of the subject.'
      : 'Nothing that stands out was found in this picture. Point at the subject, or crop the picture instead.',
  );
}
