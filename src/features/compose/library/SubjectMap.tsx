import { useEffect, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { fewestOnMap } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { mapWorker } from '../../../engine-client/map-worker.ts';
import { Button } from '../../../ui/Button.tsx';
import { engineStore } from '../../models/loading/engine-store.ts';
import type { LibraryEntry } from './library-record.ts';
import styles from './library.module.css';
import { MapCanvas } from './MapCanvas.tsx';
import { readMap, type MapState } from './read-map.ts';

/** Milliseconds before a busy engine is asked again. */
const pause = 1_500;

interface MapProps {
  readonly entries: readonly LibraryEntry[];
  /** Those that are looked for. */
  readonly found: ReadonlySet<string>;
  readonly word: number | null;
}

/** The subjects by what the model takes them for: near each other, what is alike to it. */
export function SubjectMap({ entries, found, word }: MapProps): ReactElement {
  const model = useStore(engineStore, (state) => (state.model.kind === 'ready' ? state.model.summary : null));
  if (model === null)
    return (
      <Nothing text="The map needs a model: it shows which subjects are alike to it. Load one under “Model” above the picture." />
    );
  if (!model.canPinPictures)
    return (
      <Nothing
        text={`${model.name} makes no words of pictures: it has no image encoder or no projector. Choose a projector under “Model”, or the picture book.`}
      />
    );
  return <ModelMap key={`${model.id} ${model.parts.join()}`} entries={entries} found={found} word={word} />;
}

function ModelMap({ entries, found, word }: MapProps): ReactElement {
  const [state, tryAgain] = useMap(entries);
  if (state === null) return <Nothing text="Reading your subjects…" />;
  switch (state.kind) {
    case 'few':
      return <Nothing text={fewText(state.count, entries.length)} />;
    case 'failed':
      return (
        <Nothing text={state.problem}>
          <Button icon="reuse" onClick={tryAgain}>
            Try again
          </Button>
        </Nothing>
      );
    case 'reading':
      return (
        <Nothing
          text={
            state.isWaiting
              ? 'The engine is busy. The map goes on when it is free.'
              : `Reading your subjects: ${state.done} of ${state.count}`
          }
        >
          <progress aria-label="Reading your subjects" max={state.count} value={state.done} />
        </Nothing>
      );
    case 'laying':
      return <Nothing text="Laying the map out…" />;
    case 'ready':
      return (
        <>
          <MapCanvas
            entries={entries.filter(({ id }) => state.places.has(id))}
            places={state.places}
            found={found}
            word={word}
          />
          <p className={styles['note']} role="status">
            Near each other is what the model takes for alike.
            {state.left.length > 0 && ` Not on the map, because they could not be read: ${state.left.join(', ')}.`}
          </p>
        </>
      );
  }
}

function fewText(count: number, all: number): string {
  const there = count === 1 ? 'there is 1' : `there are ${count}`;
  return all >= fewestOnMap
    ? `The map needs at least ${fewestOnMap} subjects whose files can be read; ${there}. Pin others again from your disk.`
    : `The map needs at least ${fewestOnMap} subjects; ${there}. Pin more pictures, and they are kept here.`;
}

function Nothing({ text, children }: { readonly text: string; readonly children?: ReactElement }): ReactElement {
  return (
    <div className={styles['nothing']}>
      <p role="status">{text}</p>
      {children}
    </div>
  );
}

/** Reads the map anew when other subjects are there, or one is seen otherwise; names and order change nothing. */
function useMap(entries: readonly LibraryEntry[]): readonly [MapState | null, () => void] {
  const [state, setState] = useState<MapState | null>(null);
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify(entries.map(({ subject }) => subject).toSorted((a, b) => a.id.localeCompare(b.id)));
  useEffect(() => {
    const reading = new AbortController();
    const { signal } = reading;
    void readMap(entries, {
      engine,
      worker: mapWorker,
      signal,
      tell: (told) => {
        if (!signal.aborted) setState(told);
      },
      pause: () => new Promise((resolve) => setTimeout(resolve, pause)),
    });
    return () => {
      reading.abort();
    };
    // The key says when another map would come of them.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key, attempt]);
  return [
    state,
    () => {
      setAttempt((before) => before + 1);
    },
  ];
}
