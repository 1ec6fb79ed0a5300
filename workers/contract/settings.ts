/**
 * The one table of what can be set for a run. The form, what is stored, the page's address, the text inside a PNG, the
 * checks before a run and the flags of the unattended command are made of its rows. Part of the contract: see api.ts.
 */
import { guidancePresetLabels } from './guidance-presets.ts';
import { schedulerLabels } from './schedulers.ts';
import type { AnySetting, ValueOf } from './setting-row.ts';

/** Pixels along an edge of a picture. A model narrows them to its own multiples. */
const edge = { kind: 'number', min: 64, max: 1024, step: 8, isWhole: true, default: null, pngKey: null } as const;

export const settingTable = {
  /** Denoising steps of a picture. */
  steps: {
    kind: 'number',
    min: 1,
    max: 1000,
    step: 1,
    isWhole: true,
    default: 25,
    label: 'Steps',
    help: 'How many times the picture is refined. More takes longer.',
    name: 'steps',
    pngKey: 'Steps',
  },
  scheduler: {
    kind: 'choice',
    choices: schedulerLabels,
    default: 'ddim',
    label: 'Scheduler',
    help: 'The rule by which each step refines the picture.',
    name: 'scheduler',
    pngKey: 'Sampler',
  },
  /** Guidance scale w ≥ 1 (UMM-Diffusion, Eq. 8); 1 switches classifier-free guidance off. */
  guidanceScale: {
    kind: 'number',
    min: 1,
    max: 30,
    step: 0.5,
    isWhole: false,
    default: 7.5,
    label: 'Guidance scale',
    help: 'How closely the picture keeps to the caption. 7.5 suits most.',
    name: 'guidance',
    pngKey: 'CFG scale',
  },
  /** Where on the way α and w hold: a row of guidance-presets.ts. */
  guidanceOverTime: {
    kind: 'choice',
    choices: guidancePresetLabels,
    default: 'paper',
    label: 'Guidance over time',
    help: '“Layout first” lets the text alone speak in the first fifth of the steps. “Light” leaves guidance out of the last two fifths. Both compute less than “Constant”.',
    name: 'guidance-over-time',
    pngKey: 'Guidance over time',
    saidWhenChanged: true,
  },
  /** Seed of the first picture; picture i of several takes seed + i. */
  seed: {
    kind: 'number',
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
    isWhole: true,
    default: 7,
    label: 'Seed',
    help: 'The same seed and settings give the same picture.',
    name: 'seed',
    pngKey: 'Seed',
  },
  width: { ...edge, label: 'Width', help: 'Pixels from left to right.', name: 'width' },
  height: { ...edge, label: 'Height', help: 'Pixels from top to bottom.', name: 'height' },
  /** η of DDIM (Song et al. 2021, Eq. 16), γ of TCD (Zheng et al. 2024). Each has its own key in a PNG. */
  eta: {
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.05,
    isWhole: false,
    default: 0,
    label: 'Fresh noise (eta)',
    help: 'How much new randomness each step adds. 0 adds none.',
    name: 'eta',
    pngKey: null,
    saidWhenChanged: true,
    usedWith: 'eta',
  },
  /** Fuse ratio α: 0 follows the text, 1 keeps the subject (UMM-Diffusion, Eq. 7). */
  alpha: {
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.01,
    isWhole: false,
    default: 0.5,
    label: 'Text or subject (α)',
    help: 'How much the pinned picture counts: 0 follows the text alone, 1 keeps the subject above all.',
    name: 'alpha',
    pngKey: 'Fuse ratio',
    usedWith: 'pins',
  },
  /** Which hidden states the unified condition takes from the sequence with pseudo-words: the paper's p, or all. */
  subjectPositions: {
    kind: 'choice',
    choices: { pinned: 'Only the pinned words', all: 'Also the words after them' },
    default: 'pinned',
    label: 'Words that see the pinned picture',
    help: 'Only the pinned words is how the method was published. With the words after them, the subject also shapes its surroundings.',
    name: 'positions',
    pngKey: 'Subject positions',
    usedWith: 'pins',
  },
  /**
   * How pinned pictures speak: as a pseudo-word (UMM-Diffusion, 3.2), by their look (image tokens in a second
   * cross-attention, IP-Adapter), or both. What the model cannot do is left out of both.
   */
  pinVoices: {
    kind: 'choice',
    choices: { both: 'As a word and by its look', word: 'As a word', look: 'By its look' },
    default: 'both',
    label: 'How the pinned picture speaks',
    help: 'As a word it says what the subject is; its look adds colours, parts and proportions.',
    name: 'voices',
    pngKey: 'Pin voices',
    usedWith: 'look',
  },
  /** The pinned word's own cross-attention map gates its look and its fine detail (Conceptrol, arXiv 2503.06568). */
  boundToWord: {
    kind: 'switch',
    default: true,
    label: 'Bind look and detail to the word',
    help: 'On: look and fine detail appear only where the picture shows the pinned word, so that subjects do not mix.',
    name: 'bound-to-word',
    pngKey: 'Look bound to word',
    usedWith: 'bound',
  },
  /** How much of a picture that a run starts from is made again (Meng et al. 2022, SDEdit): 1 is all of it. */
  strength: {
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.05,
    isWhole: false,
    default: 0.75,
    label: 'Strength',
    help: 'How far the result may go from the picture that it starts from. 1 keeps hardly anything of it.',
    name: 'denoising-strength',
    pngKey: 'Denoising strength',
    usedWith: 'start',
  },
  /** How much of the noise is that of another seed: a spherical mix, as AUTOMATIC1111's variation seed. */
  variation: {
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.05,
    isWhole: false,
    default: 0,
    label: 'Variation',
    help: 'How far to go from the picture of this seed towards that of another. With 0 each picture takes the next seed.',
    name: 'variation',
    pngKey: 'Variation seed strength',
    saidWhenChanged: true,
  },
  /** Seed of the noise that is mixed in; picture i of several takes the i-th after it. */
  variationSeed: {
    kind: 'number',
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
    isWhole: true,
    default: 0,
    label: 'Variation seed',
    help: 'The other seed.',
    name: 'variation-seed',
    pngKey: 'Variation seed',
    usedWith: 'variation',
  },
  negativePrompt: {
    kind: 'text',
    default: '',
    label: 'Negative prompt',
    help: 'What the picture should not show.',
    name: 'negative',
    pngKey: null,
  },
  /** From which layer of the text encoder the hidden states are taken, counted from the last, which is 1. */
  clipSkip: {
    kind: 'number',
    min: 1,
    max: 12,
    step: 1,
    isWhole: true,
    default: 1,
    label: 'CLIP skip',
    help: 'Takes the text from a layer before the last of the text encoder. Some models were trained with 2; most with 1.',
    name: 'clip-skip',
    pngKey: 'Clip skip',
    saidWhenChanged: true,
  },
  /** Whether caption and negative prompt are read in sections of 75 tokens, as A1111 does. */
  longCaptions: {
    kind: 'switch',
    default: false,
    label: 'Long captions',
    help: 'On: more than 75 tokens are read in parts of 75, and the word BREAK begins a part. Off: what lies behind them is left out, as in the paper.',
    name: 'long-captions',
    pngKey: null,
  },
  /** Number of pictures, made one after the other. */
  count: {
    kind: 'number',
    min: 1,
    max: 16,
    step: 1,
    isWhole: true,
    default: 1,
    label: 'Pictures',
    help: 'How many to make. Each takes the next seed.',
    name: 'count',
    pngKey: null,
  },
  /**
   * N of DeepCache (Ma et al. 2023, arXiv 2312.00858): of N steps one computes the whole network, the others take what
   * lies deep in it from that one.
   */
  reuseInterval: {
    kind: 'number',
    min: 1,
    max: 10,
    step: 1,
    isWhole: true,
    default: 1,
    label: 'Reuse of deep features',
    help: '1 computes every step in full. At 2 or 3 only each second or third is; those between take little work and reuse what lies deep in the network. Small details change.',
    name: 'reuse',
    pngKey: 'DeepCache interval',
    saidWhenChanged: true,
  },
  /** Which of two networks stands between latents and pictures, both ways: the VAE, or a tiny one distilled from it (TAESD). */
  autoencoder: {
    kind: 'choice',
    choices: { full: 'Full', tiny: 'Tiny (quick)' },
    default: 'full',
    label: 'Decoder',
    help: 'What finishes the picture, and reads one to start from. The tiny one takes a twentieth of the work and smooths fine detail.',
    name: 'decoder',
    pngKey: 'Decoder',
    saidWhenChanged: true,
    usedWith: 'tiny',
  },
  /** What each step is shown by: a linear map of its latents, or the tiny decoder. */
  previews: {
    kind: 'choice',
    choices: { linear: 'Rough', tiny: 'Tiny decoder' },
    default: 'linear',
    label: 'Previews',
    help: 'By the tiny decoder each step is seen as the picture that it would be, for some of a step’s work. Pictures do not change.',
    name: 'previews',
    pngKey: null,
    usedWith: 'tiny',
  },
  /** A locked seed stays; an open one is drawn again after each run. */
  seedLocked: {
    kind: 'switch',
    default: false,
    label: 'Keep the seed',
    help: 'On: every run takes this seed. Off: each run draws another.',
    name: null,
    pngKey: null,
  },
  /** Run the checkpoint's own safety checker on the results, where it ships one. */
  checkResult: {
    kind: 'switch',
    default: true,
    label: 'Check results',
    help: 'Where the model brings a safety checker: a picture that it flags is hidden behind a click.',
    name: null,
    pngKey: null,
  },
} as const satisfies Readonly<Record<string, AnySetting>>;

export type SettingKey = keyof typeof settingTable;

/** What the form holds. */
export type Settings = { readonly [Key in SettingKey]: ValueOf<(typeof settingTable)[Key]> };

/** What a run takes of it: with a size, and without what only the form needs. */
export type RunSettings = Omit<Settings, 'width' | 'height' | 'seedLocked'> & {
  readonly width: number;
  readonly height: number;
};

export type SubjectPositions = Settings['subjectPositions'];

/** Values that may be changed while the picture forms. */
export type GuidanceSettings = Pick<Settings, 'alpha' | 'guidanceScale'>;
