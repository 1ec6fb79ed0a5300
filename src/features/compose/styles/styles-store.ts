/** A person's own styles, and the words of any style in the caption. */
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import { splitWords } from '../../../../workers/api.ts';
import type { Slice } from '../../../storage/slice.ts';
import { toast } from '../../../ui/toast.ts';
import { bookStyles, commonStyles, type Style } from './built-in-styles.ts';
import { composeStore, rewriteCaption } from '../draft/compose-store.ts';
import { hasStyle, withoutStyle, withStyle } from './style-words.ts';

/** A name is shown on a button, the words are a part of a caption. */
export const longestStyle = { name: 40, words: 400 } as const;

const styleSchema = z.object({
  name: z.string().min(1).max(longestStyle.name),
  words: z.string().min(1).max(longestStyle.words),
});
const stylesSchema = z.object({ styles: z.array(styleSchema) });

export const stylesSlice: Slice<z.infer<typeof stylesSchema>> = {
  key: 'styles',
  version: 1,
  schema: stylesSchema,
  migrations: {},
};

/** In the order in which they were saved. No two have the same name. */
export const stylesStore = createStore<{ readonly styles: readonly Style[] }>(() => ({ styles: [] }));

const { getState, setState } = stylesStore;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** What the row offers besides. Their names are taken too, or two buttons would read alike. */
const builtIn: readonly Style[] = [...bookStyles.styles, ...commonStyles.styles];

function isTaken(name: string, but: string | null): boolean {
  return [...builtIn, ...getState().styles].some((style) => style.name !== but && same(style.name, name));
}

function nameProblem(name: string, but: string | null): string | null {
  if (name === '') return 'Give the style a name.';
  if (name.length > longestStyle.name) return `A name has at most ${longestStyle.name} characters.`;
  return isTaken(name, but) ? `There is a style “${name}” already: choose another name.` : null;
}

/** @returns what is wrong with it, in words; null where it is saved */
export function saveStyle({ name, words }: Style): string | null {
  const style = { name: name.trim(), words: words.trim() };
  if (splitWords(style.words).length === 0) return 'Write the words that the style adds to a caption.';
  if (style.words.length > longestStyle.words) return `A style has at most ${longestStyle.words} characters.`;
  const problem = nameProblem(style.name, null);
  if (problem === null) setState(({ styles }) => ({ styles: [...styles, style] }));
  return problem;
}

/** @returns what is wrong with the new name, in words; null where the style has it now */
export function renameStyle(name: string, wanted: string): string | null {
  const next = wanted.trim();
  const problem = nameProblem(next, name);
  if (problem === null)
    setState(({ styles }) => ({
      styles: styles.map((style) => (style.name === name ? { ...style, name: next } : style)),
    }));
  return problem;
}

/** Takes a style out of the list; its words stay in the caption. It can be had back. */
export function deleteStyle(name: string): void {
  const { styles } = getState();
  const index = styles.findIndex((style) => style.name === name);
  const deleted = styles[index];
  if (deleted === undefined) return;
  setState({ styles: styles.filter((style) => style !== deleted) });
  toast(`The style “${name}” was deleted.`, {
    action: {
      label: 'Undo',
      onClick: () => {
        // Its name may be another's by now.
        const free = isTaken(name, null) ? freeName(name) : name;
        setState(({ styles: now }) => ({ styles: now.toSpliced(index, 0, { ...deleted, name: free }) }));
      },
    },
  });
}

function freeName(name: string): string {
  for (let number = 2; ; number += 1) {
    const ending = ` ${number}`;
    const candidate = `${name.slice(0, longestStyle.name - ending.length)}${ending}`;
    if (!isTaken(candidate, null)) return candidate;
  }
}

/** Puts a style's words at the caption's end; takes them away where they are in it. Pins stay on their words. */
export function toggleStyle({ name, words }: Style, separator: string): void {
  const { caption } = composeStore.getState();
  const isIn = hasStyle(caption, words);
  const rewritten = isIn ? withoutStyle(caption, words) : withStyle(caption, words, separator);
  if (rewritten !== null) rewriteCaption(rewritten.caption, rewritten.places);
  else
    toast.warning(
      isIn
        ? `Brackets run through the words of “${name}”. Take them out of the caption by hand.`
        : `The brackets of the caption leave no place for “${name}”. Close them first.`,
    );
}

/** What the caption says behind its first comma, as the words of a new style; empty where it says nothing there. */
export function wordsToSave(caption: string): string {
  const words = /,(?<rest>.*)$/su.exec(caption)?.groups?.['rest']?.trim() ?? '';
  return words.length > longestStyle.words ? '' : words;
}
