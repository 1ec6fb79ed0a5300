import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { plainWord, splitWords } from '../../../../workers/api.ts';
import { readSlice } from '../../../storage/slice.ts';
import { toastStore } from '../../../ui/toast.ts';
import { bookStyles, commonStyles } from './built-in-styles.ts';
import { composeStore, setComposition } from '../draft/compose-store.ts';
import {
  deleteStyle,
  renameStyle,
  saveStyle,
  stylesSlice,
  stylesStore,
  toggleStyle,
  wordsToSave,
} from './styles-store.ts';

const subject = { kind: 'embedding', id: 'x', name: 'x.pt', vectors: 1 } as const;
const ink = { name: 'My ink', words: 'ink drawing' };
const names = (): readonly string[] => stylesStore.getState().styles.map(({ name }) => name);

beforeEach(() => {
  stylesStore.setState({ styles: [] });
  toastStore.setState({ toasts: [] });
});

function undo(): void {
  toastStore.getState().toasts.at(-1)?.action?.onClick();
}

describe('built-in styles', () => {
  it('of the picture book say only words that it was taught', () => {
    const { words } = JSON.parse(readFileSync('public/models/picturebook/vocabulary.json', 'utf8')) as {
      words: readonly string[];
    };
    const said = bookStyles.styles.flatMap((style) => splitWords(style.words)).map(plainWord);
    expect(said.filter((word) => !words.includes(word))).toEqual([]);
  });

  it('have names that fit on a button, each once in a row', () => {
    for (const { styles } of [bookStyles, commonStyles])
      expect(new Set(styles.map(({ name }) => name)).size).toBe(styles.length);
  });
});

describe('a style that is pressed', () => {
  beforeEach(() => {
    setComposition({
      caption: 'a dog, big, on sand',
      pins: [
        { word: 1, anchor: 'dog', hue: 0, subjects: [subject] },
        { word: 4, anchor: 'sand', hue: 1, subjects: [subject] },
      ],
    });
  });

  it('adds its words, and a second press takes them away; pins stay on their words', () => {
    const before = composeStore.getState();
    toggleStyle(ink, ', ');
    expect(composeStore.getState()).toMatchObject({ caption: 'a dog, big, on sand, ink drawing', pins: before.pins });
    toggleStyle(ink, ', ');
    expect(composeStore.getState()).toMatchObject({ caption: before.caption, pins: before.pins });
  });

  it('moves the pins of words behind those that go', () => {
    toggleStyle({ name: 'Big', words: 'big' }, ', ');
    expect(composeStore.getState().caption).toBe('a dog, on sand');
    expect(composeStore.getState().pins.map(({ word, anchor }) => [word, anchor])).toEqual([
      [1, 'dog'],
      [3, 'sand'],
    ]);
  });

  it('lets a pin on one of its own words wait', () => {
    toggleStyle({ name: 'Sand', words: 'on sand' }, ', ');
    expect(composeStore.getState().waiting.map(({ pin }) => pin.anchor)).toEqual(['sand']);
    toggleStyle({ name: 'Sand', words: 'on sand' }, ', ');
    expect(composeStore.getState().pins.map(({ word }) => word)).toEqual([1, 4]);
  });

  it('is no word for a pin that waits where its own was erased', () => {
    setComposition({ caption: 'a dog', pins: [] });
    composeStore.setState({
      waiting: [{ pin: { anchor: 'cat', hue: 0, subjects: [subject] }, gap: 2 }],
    });
    toggleStyle({ name: 'Ink', words: 'ink' }, ', ');
    expect(composeStore.getState()).toMatchObject({ caption: 'a dog, ink', pins: [] });
    expect(composeStore.getState().waiting).toHaveLength(1);
  });

  it('says so where brackets run through its words, and changes nothing', () => {
    setComposition({ caption: '(a:犬1.2)', pins: [] });
    toggleStyle({ name: 'Dog', words: '犬' }, ', ');
    expect(composeStore.getState().caption).toBe('(a:犬1.2)');
    expect(toastStore.getState().toasts.map(({ message }) => message)).toEqual([
      'Brackets run through the words of “Dog”. Take them out of the caption by hand.',
    ]);
  });
});

describe("a person's own styles", () => {
  it('are saved without white space around them, and read back', () => {
    expect(saveStyle({ name: ' Gouache ', words: ' gouache, muted ' })).toBeNull();
    const { styles } = stylesStore.getState();
    expect(styles).toEqual([{ name: 'Gouache', words: 'gouache, muted' }]);
    expect(readSlice(stylesSlice, { version: 1, data: { styles } })).toEqual({ styles });
  });

  it.each([
    [{ name: '', words: 'ink' }, 'Give the style a name.'],
    [{ name: 'x', words: '  ' }, 'Write the words that the style adds to a caption.'],
    [{ name: 'watercolour', words: 'ink' }, 'There is a style “watercolour” already: choose another name.'],
    [{ name: 'x'.repeat(41), words: 'ink' }, 'A name has at most 40 characters.'],
    [{ name: 'x', words: 'ink '.repeat(101) }, 'A style has at most 400 characters.'],
  ])('are refused in a sentence: %o', (style, sentence) => {
    expect(saveStyle(style)).toBe(sentence);
    expect(names()).toEqual([]);
  });

  it('are renamed, but not to a name that is taken', () => {
    saveStyle(ink);
    saveStyle({ ...ink, name: 'Other' });
    expect(renameStyle('Other', 'my INK')).toBe('There is a style “my INK” already: choose another name.');
    expect(renameStyle('My ink', 'MY INK')).toBeNull();
    expect(names()).toEqual(['MY INK', 'Other']);
  });

  it('come back where they were when the deletion is undone, under another name where theirs is taken', () => {
    saveStyle(ink);
    saveStyle({ ...ink, name: 'Other' });
    deleteStyle('My ink');
    expect(names()).toEqual(['Other']);
    undo();
    expect(names()).toEqual(['My ink', 'Other']);
    deleteStyle('My ink');
    saveStyle(ink);
    undo();
    expect(names()).toEqual(['My ink 2', 'Other', 'My ink']);
  });

  it('begin with what the caption says behind its first comma', () => {
    expect(wordsToSave('a dog, ink, on paper')).toBe('ink, on paper');
    expect(wordsToSave('a dog')).toBe('');
  });
});
