import { fitSize } from './settings.ts';

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly name: string;
}

interface ModelSizes {
  readonly nativeSize: number;
  readonly sizeMultiple: number;
}

const ratios = [
  { name: 'Square', width: 1, height: 1 },
  { name: 'Portrait', width: 1, height: 1.5 },
  { name: 'Landscape', width: 1.5, height: 1 },
] as const;

/** Shapes that keep the shorter edge at the size that the model was trained on. */
export function shapesOf(model: ModelSizes): readonly Shape[] {
  return ratios.map(({ name, width, height }) => ({
    name,
    width: fitSize(width * model.nativeSize, model),
    height: fitSize(height * model.nativeSize, model),
  }));
}
