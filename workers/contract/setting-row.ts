/** What is said of each setting: the columns of the table in settings.ts. */

interface SettingRow {
  /** Above its field. */
  readonly label: string;
  /** Below its field, and in the usage text of the unattended command: what it does. */
  readonly help: string;
  /** Its name in the page's address, and as --name in the unattended command; null where it stands in neither. */
  readonly name: string | null;
  /** Its key in the text of a PNG, as A1111 writes it; null where that text holds it otherwise or not at all. */
  readonly pngKey: string | null;
  /**
   * Where it makes a difference: with a scheduler that looks at η, where something is pinned, where a pinned picture can
   * speak by its look, where its look or fine detail can be bound to its word, where the run starts from a picture, where
   * the noise of another seed is mixed in, or where a tiny autoencoder is loaded. Else everywhere.
   */
  readonly usedWith?: 'eta' | 'pins' | 'look' | 'bound' | 'start' | 'variation' | 'tiny';
  /** Whether the text of a PNG holds it only where it is not as it begins. */
  readonly saidWhenChanged?: boolean;
}

interface NumberRow extends SettingRow {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  /** By how much an arrow key or a slider changes it. */
  readonly step: number;
  readonly isWhole: boolean;
  /** null takes what the model was trained for. */
  readonly default: number | null;
}

interface TextRow extends SettingRow {
  readonly kind: 'text';
  readonly default: string;
}

interface ChoiceRow extends SettingRow {
  readonly kind: 'choice';
  /** What each choice is called, by its value. */
  readonly choices: Readonly<Record<string, string>>;
  readonly default: string;
}

interface SwitchRow extends SettingRow {
  readonly kind: 'switch';
  readonly default: boolean;
}

export type AnySetting = NumberRow | TextRow | ChoiceRow | SwitchRow;

/** What a setting of such a row can be. */
export type ValueOf<Row> = Row extends { readonly kind: 'number'; readonly default: infer Initial }
  ? Initial extends null
    ? number | null
    : number
  : Row extends { readonly kind: 'choice'; readonly choices: infer Choices }
    ? keyof Choices & string
    : Row extends { readonly kind: 'switch' }
      ? boolean
      : string;
