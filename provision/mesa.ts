import { type Apt, backportsSource, type Offer } from './apt.ts';

const driver = 'mesa-vulkan-drivers';
/** Mesa's drivers and the loader that finds them. */
export const driverPackages: readonly string[] = [driver, 'libvulkan1'];

/** Mesa 22 lacks dynamic indexing of uniform arrays, without which Dawn offers no adapter. */
export const oldestMesa = 25;

/**
 * What apt has of Mesa that Dawn works with.
 * @param addSource adds a line to the sources: Debian's backports, where a release's own Mesa is too old
 * @throws Error where there is none
 */
export function mesaOffer(apt: Apt, addSource: (line: string) => void): Offer {
  apt.update();
  const offers = apt.offers(driver);
  const offer = offers.find(isNewEnough) ?? backportsOffer(apt, offers, addSource);
  if (offer !== undefined) return offer;
  throw new Error(`apt offers ${driver} ${offers[0]?.version ?? 'in no version'}, ${oldestMesa} is needed`);
}

function backportsOffer(apt: Apt, [first]: readonly Offer[], addSource: (line: string) => void): Offer | undefined {
  const line = first === undefined ? null : backportsSource(first.mirror);
  if (line === null) return undefined;
  addSource(line);
  apt.update();
  return apt.offers(driver).find(isNewEnough);
}

/** Debian may write an epoch before the version, as in `1:25.0.7-2`. */
const isNewEnough = ({ version }: Offer): boolean => Number.parseInt(version.replace(/^\d+:/u, ''), 10) >= oldestMesa;
