/** The methods that are compared, by the flags of the unattended command. */
export interface MethodSpec {
  readonly help: string;
  /** Whether the subject's first photo is pinned on the class word. */
  readonly pins: boolean;
  /** Whether its fine detail is copied too. */
  readonly detail?: boolean;
  readonly flags: Readonly<Record<string, string>>;
}

export const methods = {
  none: { help: 'the caption alone: the floor', pins: false, flags: {} },
  'pseudo-word': {
    help: 'UMM-Diffusion: the photo as a word (needs a projector)',
    pins: true,
    flags: { voices: 'word' },
  },
  look: {
    help: 'IP-Adapter, everywhere in the picture',
    pins: true,
    flags: { voices: 'look', 'bound-to-word': 'off', alpha: '1' },
  },
  'look-bound': {
    help: 'IP-Adapter, gated by the map of its word (Conceptrol)',
    pins: true,
    flags: { voices: 'look', 'bound-to-word': 'on', alpha: '1' },
  },
  'look-detail': {
    help: 'the same, and keys and values of the photo’s own latents (FreeCustom)',
    pins: true,
    detail: true,
    flags: { voices: 'look', 'bound-to-word': 'on', alpha: '1' },
  },
} as const satisfies Readonly<Record<string, MethodSpec>>;

export type Method = keyof typeof methods;

/** "none,look" → names. @throws Error naming those that there are */
export function parseMethods(text: string): readonly Method[] {
  return text.split(',').map((name) => {
    const known = (Object.keys(methods) as Method[]).find((method) => method === name.trim());
    if (known === undefined)
      throw new Error(`--methods: there is no "${name}". There are ${Object.keys(methods).join(', ')}.`);
    return known;
  });
}
