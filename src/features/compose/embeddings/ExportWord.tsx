import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { Result } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { saveFile } from '../../../ui/save-file.ts';
import { toast } from '../../../ui/toast.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import styles from './export.module.css';
import textStyles from '../../../ui/text.module.css';
import controls from '../../../ui/controls.module.css';
import { installEmbedding } from './embeddings.ts';
import { engineSubjects } from '../pins/engine-subjects.ts';
import { ExportActions } from './ExportActions.tsx';
import type { PinnedSubject } from '../pins/pins.ts';

function download(file: File): Promise<Result<null>> {
  saveFile(file, file.name);
  return Promise.resolve({ ok: true, value: null });
}

async function keepAsWord(file: File): Promise<Result<unknown>> {
  const installed = await installEmbedding(engine, file);
  if (installed.ok) toast(`Type “${installed.value.trigger}” in a caption to use it. It is kept under “Model”.`);
  return installed;
}

type Deliver = (file: File) => Promise<Result<unknown>>;

/** @returns what went wrong, in words; null where nothing did */
async function exportWord(
  subjects: readonly PinnedSubject[],
  anchor: string,
  deliver: Deliver,
): Promise<string | null> {
  const token = `pinword-${anchor}`;
  const pictures = await engineSubjects(subjects);
  if (pictures === null) return 'The picture is no longer in this browser’s storage. Unpin it and pin it again.';
  const made = await engine.exportEmbedding(pictures, token);
  const used = made.ok ? await deliver(new File([made.value], `${token}.safetensors`)) : made;
  return used.ok ? null : used.error.message;
}

/** The pinned pictures as a reusable word: a textual-inversion file, for this page or for diffusers, A1111 and ComfyUI. */
export function ExportWord({
  subjects,
  anchor,
}: {
  readonly subjects: readonly PinnedSubject[];
  readonly anchor: string;
}): ReactElement | null {
  const isReady = useStore(engineStore, ({ model }) => model.kind === 'ready' && model.summary.canPinPictures);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  if (!isReady || !subjects.every(({ kind }) => kind === 'picture')) return null;

  const take = async (deliver: Deliver): Promise<void> => {
    setBusy(true);
    setProblem(await exportWord(subjects, anchor, deliver));
    setBusy(false);
  };

  return (
    <div className={styles['export']}>
      <p className={textStyles['note']}>
        Use it again without its picture: as a file for other programs, or as a word in your captions.
      </p>
      <ExportActions isBusy={isBusy} onDownload={() => void take(download)} onKeep={() => void take(keepAsWord)} />
      {problem !== null && (
        <p className={controls['problem']} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
