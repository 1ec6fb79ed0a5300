import { useEffect, useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { cutOutWorker } from '../../../engine-client/cut-out.ts';
import { Button } from '../../../ui/Button.tsx';
import { SelectField, SwitchField } from '../../../ui/Fields.tsx';
import { ProblemList } from '../../../ui/ProblemList.tsx';
import { backdrops, type Backdrop, type CutOutNetworkId } from '../../../../workers/api.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import textStyles from '../../../ui/text.module.css';
import controls from '../../../ui/controls.module.css';
import cropStyles from '../crop/crop.module.css';
import { CutOutStage, type PointKind } from './CutOutStage.tsx';
import {
  cutOutPicture,
  cutOutStore,
  cutOutWork,
  declineDownload,
  downloadFacts,
  setBackdrop,
  setPoints,
  stopCutOut,
  switchCutOut,
  type PinnedPlace,
} from './cut-outs.ts';
import styles from './cut-out.module.css';

/** Leaves the background of a pinned picture out: by itself at once, then as the person points. */
export function CutOut({ place, onDone }: { readonly place: PinnedPlace; readonly onDone: () => void }): ReactElement {
  const { subject } = place;
  const { work, points } = useStore(cutOutStore, (state) => cutOutWork(state, place));
  const isDrawn = useStore(engineStore, ({ choice }) => choice.source.kind === 'embedded');
  const [pointing, setPointing] = useState<PointKind | null>(null);
  const look = (mayDownload = false): void => {
    void cutOutPicture(cutOutWorker, place, { isDrawn, mayDownload });
  };
  useEffect(() => {
    if (subject.cutOut === undefined && work.kind === 'idle') look();
    else switchCutOut(place, true);
    // Once, as it opens: that is the click.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);

  const pointAt = (changed: typeof points): void => {
    setPoints(place, changed);
    if (changed.length > 0) look();
  };
  return (
    <div className={styles['cutOut']}>
      <CutOutStage
        subject={subject}
        points={points}
        pointing={work.kind === 'working' ? null : pointing}
        onPoint={(point) => {
          pointAt([...points, point]);
        }}
      />
      <div role="status" className={styles['status']}>
        {work.kind === 'working' && <p className={textStyles['note']}>{work.text}</p>}
      </div>
      <ProblemList problems={work.kind === 'failed' ? [work.problem] : []} className={controls['problem']} />
      {work.kind === 'asked' && (
        <DownloadQuestion
          network={work.network}
          onAgree={() => {
            look(true);
          }}
          onDecline={() => {
            declineDownload(place);
          }}
        />
      )}
      <div role="group" aria-label="Point at the subject" className={styles['tools']}>
        <PointButton kind="subject" pointing={pointing} onPress={setPointing} />
        <PointButton kind="background" pointing={pointing} onPress={setPointing} />
        <Button
          look="quiet"
          disabled={points.length === 0 || work.kind === 'working'}
          onClick={() => {
            pointAt(points.slice(0, -1));
          }}
        >
          Undo point
        </Button>
      </div>
      {subject.cutOut !== undefined && <Result place={place} />}
      <div className={cropStyles['actions']}>
        {work.kind === 'working' ? (
          <Button
            look="quiet"
            onClick={() => {
              stopCutOut(cutOutWorker, place);
            }}
          >
            Stop
          </Button>
        ) : (
          <Button
            look="quiet"
            onClick={() => {
              setPoints(place, []);
              look();
            }}
          >
            Find it again
          </Button>
        )}
        <Button icon="check" onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  );
}

const pointLabels: Readonly<Record<PointKind, string>> = { subject: '+ Subject', background: '− Background' };

/** Chooses what the next clicks on the picture mean; pressed again, they mean nothing. */
function PointButton({
  kind,
  pointing,
  onPress,
}: {
  readonly kind: PointKind;
  readonly pointing: PointKind | null;
  readonly onPress: (kind: PointKind | null) => void;
}): ReactElement {
  return (
    <Button
      aria-pressed={pointing === kind}
      onClick={() => {
        onPress(pointing === kind ? null : kind);
      }}
    >
      {pointLabels[kind]}
    </Button>
  );
}

const backdropNames: Readonly<Record<Backdrop, string>> = { grey: 'Grey', white: 'White', blur: 'The photo, blurred' };

/** Whether it is cut out, and what lies behind. */
function Result({ place }: { readonly place: PinnedPlace }): ReactElement {
  const { cutOut } = place.subject;
  return (
    <>
      <SwitchField
        label="Leave the background out"
        hint="The picture itself stays as it is."
        checked={cutOut?.isOn === true}
        onChange={(isOn) => {
          switchCutOut(place, isOn);
        }}
      />
      <SelectField
        label="Behind it"
        value={cutOut?.backdrop ?? backdrops[0]}
        options={backdrops.map((value) => ({ value, text: backdropNames[value] }))}
        onChange={(backdrop) => {
          setBackdrop(place, backdrop);
        }}
      />
    </>
  );
}

/** Nothing is fetched from another host without a yes. */
function DownloadQuestion({
  network,
  onAgree,
  onDecline,
}: {
  readonly network: CutOutNetworkId;
  readonly onAgree: () => void;
  readonly onDecline: () => void;
}): ReactElement | null {
  const facts = downloadFacts(network);
  if (facts === null) return null;
  return (
    <div role="group" aria-label="Before a download" className={styles['question']}>
      <p>
        This needs {facts.name}, a network of {facts.size} from {facts.host}, under the licence {facts.licence}. It is
        kept in this browser and runs here: your picture stays on this computer.
      </p>
      <div className={cropStyles['actions']}>
        <Button look="quiet" onClick={onDecline}>
          Not now
        </Button>
        <Button icon="download" onClick={onAgree}>
          Download
        </Button>
      </div>
    </div>
  );
}
