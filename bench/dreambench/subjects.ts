/**
 * DreamBench's subjects and prompts (Ruiz et al. 2023), as the folder `dataset` of github.com/google/dreambooth has
 * them. A prompt's {} is the class word: in zero-shot use a picture is pinned on it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Subject {
  /** Name of its folder. */
  readonly name: string;
  readonly classWord: string;
  readonly isAlive: boolean;
}

const things: readonly (readonly [name: string, classWord: string])[] = [
  ['backpack', 'backpack'],
  ['backpack_dog', 'backpack'],
  ['bear_plushie', 'stuffed animal'],
  ['berry_bowl', 'bowl'],
  ['can', 'can'],
  ['candle', 'candle'],
  ['clock', 'clock'],
  ['colorful_sneaker', 'sneaker'],
  ['duck_toy', 'toy'],
  ['fancy_boot', 'boot'],
  ['grey_sloth_plushie', 'stuffed animal'],
  ['monster_toy', 'toy'],
  ['pink_sunglasses', 'glasses'],
  ['poop_emoji', 'toy'],
  ['rc_car', 'toy'],
  ['red_cartoon', 'cartoon'],
  ['robot_toy', 'toy'],
  ['shiny_sneaker', 'sneaker'],
  ['teapot', 'teapot'],
  ['vase', 'vase'],
  ['wolf_plushie', 'stuffed animal'],
];

const animals: readonly (readonly [name: string, classWord: string])[] = [
  ['cat', 'cat'],
  ['cat2', 'cat'],
  ['dog', 'dog'],
  ['dog2', 'dog'],
  ['dog3', 'dog'],
  ['dog5', 'dog'],
  ['dog6', 'dog'],
  ['dog7', 'dog'],
  ['dog8', 'dog'],
];

const subjects: readonly Subject[] = [
  ...things.map(([name, classWord]) => ({ name, classWord, isAlive: false })),
  ...animals.map(([name, classWord]) => ({ name, classWord, isAlive: true })),
].sort((a, b) => (a.name < b.name ? -1 : 1));

const places = [
  'a {} in the jungle',
  'a {} in the snow',
  'a {} on the beach',
  'a {} on a cobblestone street',
  'a {} on top of pink fabric',
  'a {} on top of a wooden floor',
  'a {} with a city in the background',
  'a {} with a mountain in the background',
  'a {} with a blue house in the background',
  'a {} on top of a purple rug in a forest',
] as const;

const properties = ['a red {}', 'a purple {}', 'a shiny {}', 'a wet {}', 'a cube shaped {}'] as const;

const ofThings = [
  'a {} with a wheat field in the background',
  'a {} with a tree and autumn leaves in the background',
  'a {} with the Eiffel Tower in the background',
  'a {} floating on top of water',
  'a {} floating in an ocean of milk',
  'a {} on top of green grass with sunflowers around it',
  'a {} on top of a mirror',
  'a {} on top of the sidewalk in a crowded street',
  'a {} on top of a dirt road',
  'a {} on top of a white rug',
] as const;

const ofAnimals = [
  'a {} wearing a red hat',
  'a {} wearing a santa hat',
  'a {} wearing a rainbow scarf',
  'a {} wearing a black top hat and a monocle',
  'a {} in a chef outfit',
  'a {} in a firefighter outfit',
  'a {} in a police outfit',
  'a {} wearing pink glasses',
  'a {} wearing a yellow shirt',
  'a {} in a purple wizard outfit',
] as const;

/** The 25 prompts of a subject in the order of the published file. */
export function promptsOf({ isAlive }: Subject): readonly string[] {
  return [...places, ...(isAlive ? ofAnimals : ofThings), ...properties];
}

const isPhoto = (name: string): boolean => /\.(jpe?g|png|webp)$/iu.test(name);

/** The photos of a subject, the first of which is pinned. */
export function photosOf(data: string, { name }: Subject): readonly string[] {
  return readdirSync(join(data, name))
    .filter(isPhoto)
    .sort()
    .map((file) => join(data, name, file));
}

/**
 * The subjects of the published set that a folder has. They are taken at equal distances, so that few are of all kinds.
 * @throws Error where the folder has none, or fewer than are asked for
 */
export function subjectsIn(data: string, count: number): readonly Subject[] {
  const found = subjects.filter(({ name }) => existsSync(join(data, name)));
  if (found.length < count)
    throw new Error(
      `${data} has ${found.length} of DreamBench's subjects, and ${count} are asked for. Name the folder "dataset" of github.com/google/dreambooth with --data.`,
    );
  return evenly(found, count);
}

/** So many of a list, at equal distances. */
export function evenly<T>(list: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)]).filter(
    (item) => item !== undefined,
  );
}
