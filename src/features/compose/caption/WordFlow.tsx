import { Fragment, type ReactElement, type ReactNode } from 'react';
import { directionRuns, type Direction } from './direction.ts';

/** Words one after the other as a text is set: those that run against its direction are drawn the other way round. */
export function WordFlow({
  words,
  direction,
  draw,
}: {
  readonly words: readonly string[];
  readonly direction: Direction;
  /** @param word index among these words */
  readonly draw: (word: number) => ReactNode;
}): ReactElement {
  return (
    <>
      {directionRuns(words, direction).map((run) => {
        const drawn = run.words.map((word) => <Fragment key={word}>{draw(word)}</Fragment>);
        const key = run.words[0];
        return run.direction === direction ? (
          <Fragment key={key}>{drawn}</Fragment>
        ) : (
          <span key={key} dir={run.direction}>
            {drawn}
          </span>
        );
      })}
    </>
  );
}
