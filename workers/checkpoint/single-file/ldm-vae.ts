import { extentOf, rename } from './ldm-names.ts';
import type { ConfigJson, SingleFileComponent } from './single-file-component.ts';
import type { TensorInfo, TensorTable } from '../tensors/tensor-table.ts';

const attentionNames: ReadonlyMap<string, string> = new Map([
  ['norm', 'group_norm'],
  ['q', 'to_q'],
  ['k', 'to_k'],
  ['v', 'to_v'],
  ['proj_out', 'to_out.0'],
]);

/** What training leaves beside an autoencoder: its discriminator and perceptual loss, and how its average was kept. */
const trainingState = /^(loss|model_ema)\./;

/** A first-stage model with LDM's names (prefix removed) under diffusers' names, with its config. */
export function readLdmVae(all: TensorTable, fileName: string): SingleFileComponent {
  const table = new Map([...all].filter(([name]) => !trainingState.test(name)));
  const levels = countLevels(table);
  const renamed = rename(table, (name) => vaeName(name, levels), fileName);
  return {
    table: new Map(
      [...renamed].map(([name, info]) => [name, name.includes('.attentions.0.to_') ? asMatrix(info) : info]),
    ),
    config: vaeConfig(table, levels, fileName),
  };
}

/** diffusers' name of an LDM autoencoder tensor; diffusers counts the decoder's levels from the inside. */
function vaeName(name: string, levels: number): string {
  return name
    .replace(/^(encoder|decoder)\.norm_out\./, '$1.conv_norm_out.')
    .replace(
      /^(encoder|decoder)\.mid\.block_(\d+)\./,
      (_, half: string, block: string) => `${half}.mid_block.resnets.${Number(block) - 1}.`,
    )
    .replace(
      /^(encoder|decoder)\.mid\.attn_1\.([^.]+)\./,
      (_, half: string, module: string) => `${half}.mid_block.attentions.0.${attentionNames.get(module) ?? module}.`,
    )
    .replace(/^encoder\.down\.(\d+)\.block\./, 'encoder.down_blocks.$1.resnets.')
    .replace(/^encoder\.down\.(\d+)\.downsample\./, 'encoder.down_blocks.$1.downsamplers.0.')
    .replace(
      /^decoder\.up\.(\d+)\.block\./,
      (_, level: string) => `decoder.up_blocks.${levels - 1 - Number(level)}.resnets.`,
    )
    .replace(
      /^decoder\.up\.(\d+)\.upsample\./,
      (_, level: string) => `decoder.up_blocks.${levels - 1 - Number(level)}.upsamplers.0.`,
    )
    .replace('.nin_shortcut.', '.conv_shortcut.');
}

/** LDM's attention has 1×1 convolutions where diffusers has linear layers: the same numbers, two extents fewer. */
function asMatrix(info: TensorInfo): TensorInfo {
  const [rows, columns, ...window] = info.shape;
  if (rows === undefined || columns === undefined || window.some((extent) => extent !== 1)) return info;
  return { ...info, shape: [rows, columns] };
}

/** Of the decoder; where it has none, the config names what the first lacks. */
function countLevels(table: TensorTable): number {
  let levels = 1;
  while (table.has(`decoder.up.${levels}.block.0.conv1.weight`)) levels++;
  return levels;
}

function vaeConfig(table: TensorTable, levels: number, fileName: string): ConfigJson {
  let blocks = 1;
  while (table.has(`decoder.up.0.block.${blocks}.conv1.weight`)) blocks++;
  return {
    _class_name: 'AutoencoderKL',
    sample_size: 512,
    in_channels: 3,
    out_channels: extentOf(table, 'decoder.conv_out.weight', 0, fileName),
    latent_channels: extentOf(table, 'decoder.conv_in.weight', 1, fileName),
    block_out_channels: Array.from({ length: levels }, (_, level) =>
      extentOf(table, `decoder.up.${level}.block.0.conv1.weight`, 0, fileName),
    ),
    down_block_types: new Array<string>(levels).fill('DownEncoderBlock2D'),
    up_block_types: new Array<string>(levels).fill('UpDecoderBlock2D'),
    // The decoder has one residual block more a level than the encoder, which the config counts.
    layers_per_block: blocks - 1,
    norm_num_groups: 32,
    scaling_factor: 0.18215,
  };
}
