import type { ReactElement } from 'react';

/** Sentences that are read out as they appear. */
export function ProblemList({ problems, className }: { readonly problems: readonly string[]; readonly className: string | undefined }): ReactElement {
  return (
    <div role="alert">
      {problems.map((problem) => (
        <p key={problem} className={className}>
          {problem}
        </p>
      ))}
    </div>
  );
}
