import type { ReactElement } from 'react';
import controls from './controls.module.css';
import styles from './file-button.module.css';

/** A button that opens the file chooser: a real file input under a label. */
export function FileButton({
  label,
  accept,
  folder = false,
  multiple = false,
  onFiles,
}: {
  readonly label: string;
  readonly accept?: string;
  readonly folder?: boolean;
  readonly multiple?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}): ReactElement {
  return (
    <label className={`${controls['button'] ?? ''} ${styles['file'] ?? ''}`}>
      {label}
      <input
        type="file"
        accept={accept}
        multiple={multiple}
        {...(folder ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
    </label>
  );
}
