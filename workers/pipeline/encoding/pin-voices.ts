import type { GenerateRequest, Pin } from '../../api.ts';
import type { PinnedImage } from '../modules/subject-picture.ts';

/** What a model can make of a pinned picture: a pseudo-word, a look. */
export interface Voices {
  readonly word: boolean;
  readonly look: boolean;
}

/** A pin whose pictures speak by their look. */
export interface LookingPin extends Pick<Pin, 'word' | 'look' | 'area'> {
  /** Index among the pins of the request. */
  readonly pin: number;
  readonly pictures: readonly PinnedImage[];
}

/** A pin whose pictures give their fine detail. */
export interface DetailingPin extends Pick<Pin, 'word' | 'area'> {
  /** Index among the pins of the request. */
  readonly pin: number;
  readonly pictures: readonly PinnedImage[];
}

interface SpeakingPins {
  /** Those that speak as pseudo-words, with the subjects that do. */
  readonly words: readonly Pin[];
  readonly looks: readonly LookingPin[];
}

type Request = Pick<GenerateRequest, 'pins' | 'pinVoices'>;

/**
 * Whose pictures give their fine detail, beside what else the pins say. It lives in the unified branch: a run that begins
 * with α = 0, and without that branch, has none, and is bit for bit the one of the text.
 */
export function detailingPins({ pins, alpha }: Pick<GenerateRequest, 'pins' | 'alpha'>): readonly DetailingPin[] {
  if (alpha === 0) return [];
  return pins.flatMap(({ word, area, detail, subjects }, pin) => {
    const pictures = subjects.filter((subject) => subject.kind === 'picture');
    const strength = detail?.strength ?? 0;
    return strength > 0 && pictures.length > 0 ? [{ pin, word, area, pictures }] : [];
  });
}

/**
 * Who speaks how. An embedding always speaks as words. A picture speaks as asked; both means whatever the model can, and
 * where it has no look, pictures speak as words. Asked for a word that the model cannot make, the pin stands among the
 * words all the same, so that it is refused by name.
 */
export function speakingPins({ pins, pinVoices }: Request, model: Voices): SpeakingPins {
  const asWord = !model.look || pinVoices === 'word' || (pinVoices === 'both' && model.word);
  const asLook = model.look && pinVoices !== 'word';
  const words = pins.map((pin) => ({
    ...pin,
    subjects: pin.subjects.filter(({ kind }) => kind === 'embedding' || asWord),
  }));
  const looks = pins.map(({ word, look, area, subjects }, pin) => ({
    pin,
    word,
    look,
    area,
    pictures: subjects.filter((subject) => subject.kind === 'picture'),
  }));
  return {
    words: words.filter(({ subjects }) => subjects.length > 0),
    looks: looks.filter(({ look, pictures }) => asLook && look.on && pictures.length > 0),
  };
}
