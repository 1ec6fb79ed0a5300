import { useId, useState, type ReactElement, type SyntheticEvent } from 'react';
import { acceptedEndings, type ModelSource } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import controls from '../../../ui/controls.module.css';
import { FileButton } from '../../../ui/FileButton.tsx';
import styles from './source-form.module.css';
import sectionStyles from '../../../ui/section.module.css';
import {
  folderSource,
  isSingleFileConfig,
  type Misread,
  parseBaseUrl,
  parseHub,
  singleFileSource,
  suggestedRepo,
} from './sources.ts';

/** Ways to another model: the hub, an address, a folder, a file. */
export function SourceForm({ onChoose }: { readonly onChoose: (source: ModelSource) => void }): ReactElement {
  return (
    <div className={styles['sources']}>
      <TextSource
        label="From the Hugging Face Hub"
        action="Load"
        hint="A Stable Diffusion 1.x repository: “owner/name”, or the address of its page. Stable Diffusion 1.5 is about 2.6 GB, downloaded once; nothing of yours is sent."
        initial={suggestedRepo}
        parse={parseHub}
        onChoose={onChoose}
      />
      <TextSource
        label="From an address"
        action="Load"
        hint="The address of a folder that holds model_index.json and the model’s parts, on a server that lets other sites read its files."
        initial=""
        placeholder="https://example.org/models/my-model/"
        parse={(text) => parseBaseUrl(text, location.href)}
        onChoose={onChoose}
      />
      <div className={sectionStyles['local']}>
        <FileButton
          label="Open a model file"
          accept={acceptedEndings('checkpoint')}
          multiple
          onFiles={(files) => {
            const file = files.find((candidate) => !isSingleFileConfig(candidate));
            if (file !== undefined) onChoose(singleFileSource(file, files));
          }}
        />
        <FileButton
          label="Open a model folder"
          folder
          onFiles={(files) => {
            const source = folderSource(files);
            if (source !== null) onChoose(source);
          }}
        />
      </div>
    </div>
  );
}

/** A source that is named by text; what cannot be read is explained in place of the hint. */
export function TextSource<Source extends object>({
  label,
  action,
  hint,
  initial,
  placeholder,
  parse,
  onChoose,
}: {
  readonly label: string;
  readonly action: string;
  readonly hint: string;
  readonly initial: string;
  readonly placeholder?: string;
  readonly parse: (text: string) => Source | Misread;
  readonly onChoose: (source: Source) => void;
}): ReactElement {
  const id = useId();
  const [text, setText] = useState(initial);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const source = parse(text);
    setProblem('problem' in source ? source.problem : null);
    if (!('problem' in source)) onChoose(source);
  };
  return (
    <form className={controls['field']} onSubmit={submit} noValidate>
      <label className={controls['label']} htmlFor={id}>
        {label}
      </label>
      <div className={styles['inputRow']}>
        <input
          id={id}
          className={controls['input']}
          value={text}
          placeholder={placeholder}
          spellCheck={false}
          autoCapitalize="off"
          aria-invalid={problem !== null}
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
          }}
        />
        <Button type="submit" aria-label={`${action}: ${label}`}>
          {action}
        </Button>
      </div>
      <p id={`${id}-hint`} className={problem === null ? controls['hint'] : controls['problem']}>
        {problem ?? hint}
      </p>
    </form>
  );
}
