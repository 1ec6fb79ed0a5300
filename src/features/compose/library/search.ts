import type { LibraryEntry } from './library-record.ts';

/** Subjects in whose name, or file's name, every word of the query stands. */
export function findSubjects(entries: readonly LibraryEntry[], query: string): readonly LibraryEntry[] {
  const words = query
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  return entries.filter(({ name, subject }) => {
    const text = `${name}\n${subject.name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Those that are called like the word come first; else the order stays. */
export function sortedFor(entries: readonly LibraryEntry[], word: string): readonly LibraryEntry[] {
  const wanted = word.toLowerCase();
  const fits = ({ name }: LibraryEntry): number => (name.toLowerCase() === wanted ? 0 : 1);
  return entries.toSorted((a, b) => fits(a) - fits(b));
}
