/** Styles that come with the site. */
export interface Style {
  readonly name: string;
  /** What is put at the caption's end; brackets weigh, as everywhere in a caption. */
  readonly words: string;
}

interface StyleSet {
  readonly styles: readonly Style[];
  /** What stands between the caption and the words of a style. */
  readonly separator: string;
}

/** Every style that the picture book was taught (training/world/captions.py, STYLE_PHRASES), said as it heard them. */
export const bookStyles: StyleSet = {
  separator: ' ',
  styles: [
    { name: 'Night', words: 'at night' },
    { name: 'Sunset', words: 'at sunset' },
  ],
};

/** Words that captions of photographs and of works of art have, which is what Stable Diffusion 1.x learned from. */
export const commonStyles: StyleSet = {
  separator: ', ',
  styles: [
    { name: 'Photo', words: 'photograph, natural light, sharp focus' },
    { name: 'Watercolour', words: 'watercolor painting on paper' },
    { name: 'Oil', words: 'oil painting, visible brush strokes' },
    { name: 'Pencil', words: 'pencil sketch, fine lines' },
    { name: 'Comic', words: 'comic book illustration, bold outlines' },
    { name: 'Clay', words: 'clay figure, stop motion, studio light' },
    { name: 'Golden hour', words: 'golden hour, warm low sun' },
    { name: 'Night', words: 'at night, moonlight' },
  ],
};
