import { PinwordError } from '../../errors.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** Of diffusers' AutoencoderTiny: its layers are counted through. */
const diffusersName = /^(encoder|decoder)\.layers\.(\d+)\.(.+)$/;
/** Of the files that TAESD itself publishes, each of one half: taesd_encoder, taesd_decoder. */
const originalName = /^(\d+)\.((?:conv\.[024]\.)?(?:weight|bias))$/;

/** Whether a file's tensors are those of a TAESD, as far as names tell. */
export function isTinyAutoencoderTable(table: TensorTable): boolean {
  const names = [...table.keys()];
  return (
    names.some((name) => diffusersName.test(name) && name.includes('.conv.')) ||
    (names.length > 1 &&
      names.every((name) => originalName.test(name)) &&
      names.some((name) => name.includes('.conv.')))
  );
}

/**
 * The tensors under diffusers' names. The original decoder begins with a module that diffusers does not count, so that
 * its first convolution has the number 1; the encoder's has 0.
 * @throws PinwordError 'bad-tiny-autoencoder' where the file is another one
 */
export function tinyAutoencoderTable(table: TensorTable, fileName: string): TensorTable {
  if (!isTinyAutoencoderTable(table))
    throw new PinwordError(
      'bad-tiny-autoencoder',
      `"${fileName}" is no tiny autoencoder. Choose taesd_decoder.safetensors, or diffusion_pytorch_model.safetensors, of madebyollin/taesd.`,
    );
  if ([...table.keys()].some((name) => diffusersName.test(name))) return table;
  const [half, shift] = table.has('0.weight') ? ['encoder', 0] : ['decoder', 1];
  return new Map(
    [...table].map(([name, info]) => {
      const [, layer, rest] = originalName.exec(name) ?? [];
      return [`${half}.layers.${Number(layer) - shift}.${rest ?? ''}`, info];
    }),
  );
}

/** A half of an autoencoder, as far as shapes tell of it. */
interface Half {
  /** Of the first convolution's input and the last one's output. */
  readonly channels: { readonly input: number; readonly output: number };
  /** Of each stage. */
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
}

/**
 * The config.json, in diffusers' keys, that a file goes with which came without one, from its names and shapes.
 * @param table under diffusers' names
 */
export function tinyAutoencoderConfig(table: TensorTable): Readonly<Record<string, unknown>> {
  const encoder = halfOf(table, 'encoder');
  const decoder = halfOf(table, 'decoder');
  return {
    _class_name: 'AutoencoderTiny',
    latent_channels: decoder?.channels.input ?? encoder?.channels.output,
    ...(encoder === null
      ? {}
      : {
          in_channels: encoder.channels.input,
          encoder_block_out_channels: encoder.widths,
          num_encoder_blocks: encoder.blocks,
        }),
    ...(decoder === null
      ? {}
      : {
          out_channels: decoder.channels.output,
          decoder_block_out_channels: decoder.widths,
          num_decoder_blocks: decoder.blocks,
        }),
  };
}

/** Between two convolutions lie the blocks of a stage. */
function halfOf(table: TensorTable, half: 'encoder' | 'decoder'): Half | null {
  const layers = [...table.keys()].flatMap((name) => {
    const [, of, layer] = diffusersName.exec(name) ?? [];
    return of === half ? [Number(layer)] : [];
  });
  const convolutions: (readonly number[])[] = [];
  const blocks: number[] = [];
  for (const layer of [...new Set(layers)].sort((a, b) => a - b)) {
    const shape = table.get(`${half}.layers.${layer}.weight`)?.shape;
    if (shape === undefined) blocks.push((blocks.pop() ?? 0) + 1);
    else {
      convolutions.push(shape);
      blocks.push(0);
    }
  }
  const [output = 0] = convolutions.at(-1) ?? [];
  const [, input = 0] = convolutions[0] ?? [];
  if (convolutions.length < 2) return null;
  return {
    channels: { input, output },
    widths: convolutions.slice(0, -1).map(([width = 0]) => width),
    blocks: blocks.slice(0, -1),
  };
}
