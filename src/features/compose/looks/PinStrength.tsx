import type { ReactElement } from 'react';
import { Slider } from '../../../ui/Slider.tsx';

/** How strongly one voice of a pin speaks. */
export function PinStrength({
  strength,
  limits,
  meaning,
  onChange,
}: {
  readonly strength: number;
  readonly limits: { readonly min: number; readonly max: number; readonly step: number };
  /** What a strength does, for people who do not see the slider. */
  readonly meaning: (strength: number) => string;
  readonly onChange: (strength: number) => void;
}): ReactElement {
  const number = strength.toFixed(2);
  return (
    <Slider
      label="Strength"
      value={strength}
      limits={limits}
      said={`${number}, ${meaning(strength)}`}
      shown={<strong>{number}</strong>}
      isFilled
      onChange={onChange}
    />
  );
}
