import { useEffect, useRef, type CSSProperties, type ReactElement, type RefObject } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { dragSource } from '../../../ui/picture-drag.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { galleryStore, pictureUrl, revealPicture } from '../../gallery/gallery-store.ts';
import { fileName } from '../../gallery/metadata.ts';
import { PictureActions, PictureFacts } from '../../gallery/PictureActions.tsx';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { Strip } from '../../gallery/Strip.tsx';
import { wipeStore } from '../../gallery/wipe-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { ensureModel } from '../../models/loading/load-model.ts';
import { lacksWebGpu, providerOf } from '../../models/loading/model-abilities.ts';
import { loadingText } from '../../models/loading/loading.ts';
import { NoWebGpu } from '../../models/dialog/NoWebGpu.tsx';
import { settingsStore } from '../../settings/settings.ts';
import { MaskFrame } from '../../start/MaskFrame.tsx';
import { MaskTools } from '../../start/MaskTools.tsx';
import { startStore, type Start } from '../../start/start-store.ts';
import { AreaLayer } from '../areas/AreaLayer.tsx';
import { AreaTray } from '../areas/AreaTray.tsx';
import { ComparisonRow } from '../compare/ComparisonRow.tsx';
import { generate, runStore } from '../run/controller.ts';
import { EmptyStage } from './EmptyStage.tsx';
import { problemAt } from '../run/error-place.ts';
import { Failure } from './Failure.tsx';
import { FollowUps } from './FollowUps.tsx';
import styles from './stage.module.css';
import frameStyles from './frame.module.css';
import { PreviewCanvas } from './PreviewCanvas.tsx';
import { concreteSettings } from '../run/request.ts';
import { isActive, type ActiveRun } from '../run/run-state.ts';
import { resumeQueue } from '../queue/queue.ts';
import { queueStore } from '../queue/queue-store.ts';
import { RunProgress } from './RunProgress.tsx';
import { Silence } from './Silence.tsx';
import { WipeFrame } from './WipeFrame.tsx';
import { usePlaceable } from '../areas/use-placeable.ts';

/** The picture: the one that forms, the one that was chosen, or the invitation to make one. */
export function Stage(): ReactElement {
  const run = useStore(runStore, (state) => state.run);
  const record = useStore(galleryStore, ({ pictures, selected }) => pictures.find(({ id }) => id === selected) ?? null);
  const other = useOther(record);
  const active = isActive(run) ? run : null;
  const loadError = useStore(engineStore, ({ model }) => (model.kind === 'failed' ? model.error : null));
  const error =
    run.kind === 'failed' && problemAt(run, 'stage') !== null ? run.error : active === null ? loadError : null;
  const lacks = useStore(engineStore, lacksWebGpu);
  const section = useShownWhile(active !== null);
  const retry = (): void => {
    if (run.kind !== 'failed') void ensureModel(engine);
    else if (queueStore.getState().isPaused) resumeQueue();
    else void generate(engine);
  };
  const marking = useStore(startStore, ({ isMarking, start }) => (isMarking ? start : null));
  const sizeOfRun = useSizeOfRun(marking);
  const isEmpty = record === null && active === null && marking === null;
  const toBe = useSizeOfPlaces();
  const isHidden = useStore(galleryStore, ({ revealed }) => record?.flagged === true && !revealed.has(record.id));
  const hasPlaces = usePlaceable().some(({ area }) => area !== undefined);
  const question = lacks ? (
    <NoWebGpu isAsked={run.kind === 'failed' && run.error.code === 'no-webgpu'} onChosen={retry} />
  ) : null;
  return (
    <section
      ref={section}
      tabIndex={-1}
      className={styles['stage']}
      aria-label="Picture"
      data-run={run.kind}
      data-summary={run.kind === 'done' ? JSON.stringify(run.summary) : undefined}
    >
      <div className={styles['column']} style={sizeStyle(sizeOfRun ?? record ?? active?.size ?? null, toBe)}>
        {!isEmpty && question}
        <div className={styles['area']}>
          {marking !== null && (
            <div className={frameStyles['frame']}>
              <MaskFrame start={marking} />
            </div>
          )}
          {marking === null &&
            record !== null &&
            (other === null ? (
              <Finished record={record} isHidden={isHidden} />
            ) : (
              <WipeFrame left={record} right={other} />
            ))}
          {marking === null && record === null && active !== null && <Forming run={active} />}
          {isEmpty &&
            (question ?? (
              <div className={frameStyles['frame']} data-frame="true" data-empty="true" data-places={toBe !== null}>
                {hasPlaces ? (
                  <p className={frameStyles['toBe']}>The new picture will be here, and each subject in its place.</p>
                ) : (
                  <EmptyStage />
                )}
                <AreaLayer isFinished={false} />
              </div>
            ))}
        </div>
        {marking !== null && <MaskTools start={marking} />}
        {marking === null && active === null && question === null && other === null && !isHidden && (
          <AreaTray isFinished={record !== null} />
        )}
        {error !== null && error.code !== 'no-webgpu' && <Failure error={error} onRetry={retry} />}
        <div className={styles['below']}>
          {active !== null && <RunProgress run={active} />}
          <Silence />
          {marking === null && active === null && record !== null && (
            <>
              <PictureFacts record={record} />
              <PictureActions record={record}>
                <FollowUps record={record} />
              </PictureActions>
            </>
          )}
          {(active !== null || run.kind === 'done') &&
            [...new Map(('notices' in run ? run.notices : []).map((notice) => [notice.code, notice])).values()].map(
              ({ code, message }) => (
                <p key={code} className={styles['notice']} role="status">
                  {message}
                </p>
              ),
            )}
        </div>
        {record?.comparison != null && <ComparisonRow record={record} />}
        <div className={styles['results']}>
          <Strip live={active !== null} />
        </div>
      </div>
    </section>
  );
}

/** An element that comes into view when a run starts: on a phone, whoever presses Generate may be looking at the settings. */
function useShownWhile(isActive: boolean): RefObject<HTMLElement | null> {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return element;
}

/** The picture beside the one on the stage: of the same shape, and none that is hidden. */
function useOther(record: PictureRecord | null): PictureRecord | null {
  const id = useStore(wipeStore, (state) => state.other);
  const { pictures, revealed } = useStore(galleryStore);
  const other = pictures.find((picture) => picture.id === id);
  if (record === null || other === undefined || other === record) return null;
  const isShown = [record, other].every((each) => each.flagged !== true || revealed.has(each.id));
  return isShown && other.width * record.height === record.width * other.height ? other : null;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of the picture that will be made, where pins can have places in it; else null. */
function useSizeOfPlaces(): Size | null {
  const canPlace = usePlaceable().length > 0;
  const model = useStore(engineStore, (state) => (state.model.kind === 'ready' ? state.model.summary : null));
  const settings = useStore(settingsStore);
  return canPlace && model !== null ? concreteSettings(settings, model) : null;
}

/** The shape of the run that a mask is painted for: that of the picture while no model is there. */
function useSizeOfRun(marking: Start | null): Size | null {
  const model = useStore(engineStore, (state) => (state.model.kind === 'ready' ? state.model.summary : null));
  const settings = useStore(settingsStore);
  if (marking === null) return null;
  return model === null ? marking.picture : concreteSettings(settings, model);
}

/** Size of what is on the stage, in pixels, for the layout. @param toBe the shape of an empty stage */
function sizeStyle(
  picture: Size | null,
  toBe: Size | null,
): (CSSProperties & Record<`--${string}`, string>) | undefined {
  if (picture === null) return toBe === null ? undefined : { '--ratio': String(toBe.width / toBe.height) };
  return { '--ratio': String(picture.width / picture.height), '--natural': `${picture.width}px` };
}

function Forming({ run }: { readonly run: ActiveRun }): ReactElement {
  const loading = useStore(engineStore, ({ model }) => loadingText(model));
  const caption = useStore(composeStore, (state) => state.caption);
  const isOnProcessor = useStore(engineStore, (state) => providerOf(state) === 'wasm');
  return (
    <div className={frameStyles['frame']} data-forming="true" data-processor={isOnProcessor}>
      {run.preview === null ? (
        <div className={frameStyles['waiting']}>{run.phase === 'load-model' && <p>{loading}</p>}</div>
      ) : (
        <PreviewCanvas preview={run.preview} label={`Preview of “${caption}”`} />
      )}
    </div>
  );
}

function Finished({
  record,
  isHidden,
}: {
  readonly record: PictureRecord;
  /** Flagged, and not revealed. */
  readonly isHidden: boolean;
}): ReactElement {
  return (
    <div className={frameStyles['frame']} data-frame="true" data-hidden={isHidden}>
      <img
        key={record.id}
        src={pictureUrl(record)}
        alt={isHidden ? 'A hidden picture' : record.recipe.compose.caption}
        {...dragSource(isHidden ? null : { image: record.png, name: fileName(record.recipe) })}
        width={record.width}
        height={record.height}
      />
      {!isHidden && <AreaLayer isFinished />}
      {isHidden && (
        <div className={frameStyles['veil']}>
          <p>The model’s own check thinks that this picture may not be fit for everyone.</p>
          <Button
            icon="eye"
            onClick={() => {
              revealPicture(record.id);
            }}
          >
            Show the picture
          </Button>
        </div>
      )}
    </div>
  );
}
