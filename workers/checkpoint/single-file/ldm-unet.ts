import { PinwordError } from '../../errors.ts';
import { extentOf, rename } from './ldm-names.ts';
import { diffusersUNetName } from './ldm-unet-names.ts';
import type { ConfigJson, SingleFileComponent } from './single-file-component.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** A UNet with LDM's names (prefix removed) under diffusers' names, with its config. */
export function readLdmUNet(table: TensorTable, fileName: string): SingleFileComponent {
  const layersPerBlock = countLayersPerBlock(table, fileName);
  return {
    table: rename(table, (name) => diffusersUNetName(name, layersPerBlock), fileName),
    config: unetConfig(table, layersPerBlock, fileName),
  };
}

/** ResBlocks before the first downsampler; input block 0 is conv_in. */
function countLayersPerBlock(table: TensorTable, fileName: string): number {
  const inputs = countBlocks(table, 'input_blocks');
  for (let i = 1; i < inputs; i++)
    if (table.has(`input_blocks.${i}.0.op.weight`)) return requireLayers(i - 1, fileName);
  return requireLayers(inputs - 1, fileName);
}

function requireLayers(layers: number, fileName: string): number {
  if (layers >= 1) return layers;
  throw new PinwordError(
    'unsupported-config',
    `The UNet in "${fileName}" has no residual blocks. Choose a Stable Diffusion 1.x checkpoint.`,
  );
}

function countBlocks(table: TensorTable, kind: string): number {
  const blocks = new Set(
    [...table.keys()]
      .map((name) => name.split('.'))
      .filter(([first]) => first === kind)
      .map(([, index]) => index),
  );
  return blocks.size;
}

function unetConfig(table: TensorTable, layersPerBlock: number, fileName: string): ConfigJson {
  const perBlock = layersPerBlock + 1;
  const blocks = Math.ceil((countBlocks(table, 'input_blocks') - 1) / perBlock);
  const firsts = Array.from({ length: blocks }, (_, block) => `input_blocks.${1 + block * perBlock}`);
  const attends = firsts.map((first) => table.has(`${first}.1.norm.weight`));
  const attention = `${firsts[attends.indexOf(true)] ?? 'middle_block'}.1`;
  return {
    _class_name: 'UNet2DConditionModel',
    sample_size: 64,
    in_channels: extentOf(table, 'input_blocks.0.0.weight', 1, fileName),
    out_channels: extentOf(table, 'out.2.weight', 0, fileName),
    block_out_channels: firsts.map((first) => extentOf(table, `${first}.0.out_layers.3.weight`, 0, fileName)),
    down_block_types: attends.map((attending) => (attending ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    up_block_types: attends.toReversed().map((attending) => (attending ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    layers_per_block: layersPerBlock,
    transformer_layers_per_block: transformerLayers(table, attention),
    cross_attention_dim: extentOf(table, `${attention}.transformer_blocks.0.attn2.to_k.weight`, 1, fileName),
    use_linear_projection: table.get(`${attention}.proj_in.weight`)?.shape.length === 2,
    // Shapes do not tell the number of heads; every SD 1.x model has 8.
    attention_head_dim: 8,
    norm_num_groups: 32,
  };
}

/** Of a UNet that has the first: without it, the width of its conditioning is missing. */
function transformerLayers(table: TensorTable, attention: string): number {
  let layers = 1;
  while (table.has(`${attention}.transformer_blocks.${layers}.norm1.weight`)) layers++;
  return layers;
}
