import { useDeferredValue, useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { bookStyles, commonStyles, type Style } from './built-in-styles.ts';
import { composeStore } from '../draft/compose-store.ts';
import textStyles from '../../../ui/text.module.css';
import { OwnStyles } from './OwnStyles.tsx';
import { hasStyle } from './style-words.ts';
import styles from './styles.module.css';
import { stylesStore, toggleStyle } from './styles-store.ts';

/** Longest caption in which styles are looked for at each key press, in characters: the model reads the first few hundred. */
const longestLookedThrough = 2000;

/** Styles of the chosen model, and the person's own: each puts its words at the caption's end, and takes them away again. */
export function StyleRow(): ReactElement | null {
  const id = useId();
  const caption = useDeferredValue(useStore(composeStore, (state) => state.caption));
  const isBook = useStore(engineStore, ({ choice }) => choice.source.kind === 'embedded');
  const own = useStore(stylesStore, (state) => state.styles);
  if (splitWords(caption).length === 0 || caption.length > longestLookedThrough) return null;
  const { styles: offered, separator } = isBook ? bookStyles : commonStyles;
  const chip = (style: Style): ReactElement => (
    <li key={style.name}>
      <button
        type="button"
        className={styles['chip']}
        title={style.words}
        aria-pressed={hasStyle(caption, style.words)}
        onClick={() => {
          toggleStyle(style, separator);
        }}
      >
        {style.name}
      </button>
    </li>
  );
  return (
    <section aria-labelledby={id} className={styles['row']}>
      <h2 id={id} className={textStyles['heading']}>
        Style
      </h2>
      <ul className={styles['chips']}>
        {offered.map(chip)}
        {own.map(chip)}
        <li>
          <OwnStyles />
        </li>
      </ul>
    </section>
  );
}
