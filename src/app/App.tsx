import { useEffect, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../engine-client/engine.ts';
import { CaptionEditor } from '../features/compose/caption/CaptionEditor.tsx';
import { EmbeddingSection } from '../features/compose/embeddings/EmbeddingSection.tsx';
import { composeStore } from '../features/compose/draft/compose-store.ts';
import { StyleRow } from '../features/compose/styles/StyleRow.tsx';
import { Wells } from '../features/compose/wells/Wells.tsx';
import { WordRow } from '../features/compose/words/WordRow.tsx';
import { LibrarySheet } from '../features/compose/library/LibrarySheet.tsx';
import { Announcer, titleOf } from '../features/generate/bar/Announcer.tsx';
import { runStore } from '../features/generate/run/controller.ts';
import { problemAt } from '../features/generate/run/error-place.ts';
import { CarryQuestion } from '../features/gallery/CarryQuestion.tsx';
import { GallerySheet } from '../features/gallery/GallerySheet.tsx';
import { CompareBar } from '../features/generate/compare/CompareBar.tsx';
import { GenerateBar } from '../features/generate/bar/GenerateBar.tsx';
import { unseenStore } from '../features/generate/bar/notify.ts';
import { requestPicture } from '../features/generate/queue/queue.ts';
import { QueuePanel } from '../features/generate/queue/QueuePanel.tsx';
import { Stage } from '../features/generate/stage/Stage.tsx';
import { engineStore } from '../features/models/loading/engine-store.ts';
import { LinkQuestion } from '../features/models/dialog/LinkQuestion.tsx';
import { ModelStatus } from '../features/models/dialog/ModelStatus.tsx';
import { AlphaSlider } from '../features/settings/AlphaSlider.tsx';
import { SettingsPanel } from '../features/settings/SettingsPanel.tsx';
import { StartField } from '../features/start/StartField.tsx';
import { IconButton } from '../ui/Button.tsx';
import { Toasts } from '../ui/Toasts.tsx';
import styles from './app.module.css';
import { Examples } from './Examples.tsx';
import { FirstStepHint } from './FirstStepHint.tsx';
import { KeysDialog } from './KeysDialog.tsx';
import { nextTheme, themeStore } from './theme.ts';

export function App(): ReactElement {
  const theme = useStore(themeStore, (state) => state.theme);
  useGenerateKey();
  useTitle();
  return (
    <>
      <a className={`visually-hidden ${styles['skip'] ?? ''}`} href="#compose">
        Skip to the caption
      </a>
      <header className={styles['header']}>
        <h1 className={styles['brand']}>
          <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
            <circle cx="11" cy="8" r="6" fill="var(--accent)" />
            <path d="M11 14v7" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
          </svg>
          Pinword
        </h1>
        <div className={styles['headerEnd']}>
          <ModelStatus addons={<EmbeddingSection />} />
          <KeysDialog />
          <IconButton label={`Theme: ${theme}`} icon="theme" onClick={nextTheme} />
        </div>
      </header>
      <main className={styles['main']}>
        <Stage />
        <Compose />
      </main>
      <GallerySheet />
      <LibrarySheet />
      <CarryQuestion />
      <LinkQuestion />
      <Announcer />
      <Toasts />
    </>
  );
}

function Compose(): ReactElement {
  const run = useStore(runStore, (state) => state.run);
  const pins = useStore(composeStore, (state) => state.pins);
  const model = useStore(engineStore, (state) => (state.model.kind === 'ready' ? state.model.summary : null));
  const settingsProblem = problemAt(run, 'settings');
  return (
    <section className={styles['panel']} id="compose" tabIndex={-1} aria-label="Compose">
      <div className={styles['scroll']}>
        <CaptionEditor problem={problemAt(run, 'caption')} aside={<Examples />} />
        <Wells />
        <WordRow />
        <FirstStepHint step="pin" />
        <StyleRow />
        <StartField />
        <hr />
        <SettingsPanel model={model} />
      </div>
      {/* What is used while the picture forms is in view wherever the picture is. */}
      <div className={styles['foot']}>
        <AlphaSlider usable={pins.length > 0} hues={pins.map(({ hue }) => hue)} />
        <FirstStepHint step="alpha" />
        {settingsProblem !== null && (
          <p className={styles['problem']} role="alert">
            {settingsProblem}
          </p>
        )}
        <FirstStepHint step="generate" />
        <div className={styles['go']}>
          <GenerateBar />
          <CompareBar />
        </div>
        <QueuePanel />
      </div>
    </section>
  );
}

/** Ctrl+Enter generates from everywhere but a field that has a better use for it. */
function useGenerateKey(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void requestPicture(engine);
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
    };
  }, []);
}

function useTitle(): void {
  const unseen = useStore(unseenStore, (state) => state.title);
  const title = useStore(runStore, ({ run }) => titleOf(run, unseen));
  useEffect(() => {
    document.title = title;
  }, [title]);
}
