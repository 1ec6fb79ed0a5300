import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { engineStore } from '../models/engine-store.ts';
import styles from './compose.module.css';
import { engineSubjects } from './engine-subjects.ts';
import type { PinnedSubject } from './pins.ts';

/** The pinned pictures as a reusable word: a textual-inversion file for diffusers, A1111 and ComfyUI. */
export function ExportWord({ subjects, anchor }: { readonly subjects: readonly PinnedSubject[]; readonly anchor: string }): ReactElement | null {
  const isReady = useStore(engineStore, ({ model }) => model.kind === 'ready' && model.summary.canPinPictures);
  const [problem, setProblem] = useState<string | null>(null);
  if (!isReady || !subjects.every(({ kind }) => kind === 'picture')) return null;

  const save = async (): Promise<void> => {
    const token = `pinword-${anchor}`;
    const pictures = await engineSubjects(subjects);
    if (pictures === null) {
      setProblem('The picture is no longer in this browser’s storage. Unpin it and pin it again.');
      return;
    }
    const file = await engine.exportEmbedding(pictures, token);
    if (file.ok) saveFile(file.value, `${token}.safetensors`);
    setProblem(file.ok ? null : file.error.message);
  };

  return (
    <div className={styles['export']}>
      <Button look="quiet" icon="download" title="A textual-inversion file for diffusers, A1111 and ComfyUI" onClick={() => void save()}>
        Save as an embedding
      </Button>
      {problem !== null && (
        <p className={styles['problem']} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
