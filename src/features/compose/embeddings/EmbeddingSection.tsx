import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { acceptedEndings } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { IconButton } from '../../../ui/Button.tsx';
import controls from '../../../ui/controls.module.css';
import { ProblemList } from '../../../ui/ProblemList.tsx';
import { engineStore } from '../../models/loading/engine-store.ts';
import { FileButton } from '../../../ui/FileButton.tsx';
import styles from './embedding.module.css';
import sectionStyles from '../../../ui/section.module.css';
import { Section } from '../../../ui/Section.tsx';
import {
  embeddingStore,
  installEmbedding,
  renameEmbedding,
  uninstallEmbedding,
  type InstalledEmbedding,
} from './embeddings.ts';

/** The embeddings in the model's dialog, and how many there are. */
export function EmbeddingSection(): ReactElement {
  const count = useStore(embeddingStore, (state) => state.embeddings.length);
  return (
    <Section title="Embeddings" note={count > 0 ? String(count) : undefined}>
      <Embeddings />
    </Section>
  );
}

/** Textual-inversion embeddings, each under the word that means it in the caption and the negative prompt. */
function Embeddings(): ReactElement {
  const embeddings = useStore(embeddingStore, (state) => state.embeddings);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const add = async (files: readonly File[]): Promise<void> => {
    const found: string[] = [];
    // One after the other: the list keeps their order, and no two get the same word.
    for (const file of files) {
      const installed = await installEmbedding(engine, file);
      if (!installed.ok) found.push(installed.error.message);
    }
    setProblems(found);
  };
  return (
    <div className={sectionStyles['section']}>
      <p>Type an embedding’s word in the caption or the negative prompt to use it.</p>
      <ul className={sectionStyles['list']}>
        {embeddings.map((embedding) => (
          <Installed key={embedding.id} embedding={embedding} />
        ))}
      </ul>
      <div className={sectionStyles['local']}>
        <FileButton
          label="Add embedding files"
          accept={acceptedEndings('embedding')}
          multiple
          onFiles={(files) => void add(files)}
        />
      </div>
      <ProblemList problems={problems} className={controls['problem']} />
    </div>
  );
}

function Installed({
  embedding: { id, name, trigger, vectors, dimension },
}: {
  readonly embedding: InstalledEmbedding;
}): ReactElement {
  const fits = useStore(
    engineStore,
    ({ model }) => model.kind !== 'ready' || model.summary.embeddingDimension === dimension,
  );
  return (
    <li className={sectionStyles['item']}>
      <span>
        {name}, {vectors === 1 ? '1 vector' : `${vectors} vectors`}
        {!fits && ', made for another model'}
      </span>
      <span className={styles['word']}>
        <WordInput key={trigger} id={id} name={name} trigger={trigger} />
        <IconButton
          label={`Remove ${name}`}
          icon="trash"
          onClick={() => {
            uninstallEmbedding(id);
          }}
        />
      </span>
    </li>
  );
}

/** What is typed counts when the field is left; a word that cannot be taken gives way to the one that was there. */
function WordInput({
  id,
  name,
  trigger,
}: {
  readonly id: string;
  readonly name: string;
  readonly trigger: string;
}): ReactElement {
  const [word, setWord] = useState(trigger);
  return (
    <input
      className={controls['input']}
      aria-label={`Word for ${name}`}
      value={word}
      onChange={(event) => {
        setWord(event.target.value);
      }}
      onBlur={() => {
        if (!renameEmbedding(id, word)) setWord(trigger);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
    />
  );
}
