import { useId, type CSSProperties, type ReactElement } from 'react';
import { useStore } from 'zustand';
import controls from '../../ui/controls.module.css';
import { settingTable } from '../../../workers/api.ts';
import { setSettings, settingsStore } from './settings.ts';
import styles from './settings.module.css';

function meaning(alpha: number): string {
  if (alpha === 0) return 'follows the text alone';
  if (alpha < 0.4) return 'closer to the text';
  if (alpha <= 0.6) return 'text and subject together';
  return alpha < 1 ? 'closer to the subject' : 'keeps the subject above all';
}

/** The fuse ratio α (UMM-Diffusion, Eq. 7), which can be moved while the picture forms. */
export function AlphaSlider({
  usable,
  hues,
}: {
  readonly usable: boolean;
  readonly hues: readonly number[];
}): ReactElement {
  const id = useId();
  const row = settingTable.alpha;
  const alpha = useStore(settingsStore, (state) => state.alpha);
  const style: CSSProperties & Record<`--${string}`, string> = { '--at': String(alpha) };
  return (
    <div className={styles['alpha']} data-hue={hues[0]} data-usable={usable} style={style}>
      <div className={styles['alphaHead']}>
        <label className={controls['label']} htmlFor={id} title={row.help}>
          {row.label}
        </label>
        <output className={styles['alphaValue']} htmlFor={id}>
          {alpha.toFixed(2)}
        </output>
      </div>
      <div className={styles['alphaTrack']}>
        <span className={styles['middle']} aria-hidden="true" />
        <input
          id={id}
          type="range"
          className={controls['range']}
          min={row.min}
          max={row.max}
          step={row.step}
          value={alpha}
          disabled={!usable}
          aria-valuetext={`${alpha.toFixed(2)}, ${meaning(alpha)}`}
          aria-describedby={`${id}-ends`}
          onChange={(event) => {
            setSettings({ alpha: Number(event.target.value) });
          }}
        />
      </div>
      <div id={`${id}-ends`} className={styles['ends']}>
        {usable ? (
          <>
            <button
              type="button"
              onClick={() => {
                setSettings({ alpha: 0 });
              }}
            >
              Follow the text
            </button>
            <button
              type="button"
              className={styles['half']}
              aria-label="Set α to 0.5"
              onClick={() => {
                setSettings({ alpha: 0.5 });
              }}
            >
              0.5
            </button>
            <button
              type="button"
              onClick={() => {
                setSettings({ alpha: 1 });
              }}
            >
              Keep the subject
            </button>
          </>
        ) : (
          <span>Pin a picture on a word, then set here how strongly it counts.</span>
        )}
      </div>
    </div>
  );
}
