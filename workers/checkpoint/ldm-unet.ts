import { PinwordError } from '../errors.ts';
import { extentOf, rename } from './ldm-names.ts';
import type { ConfigJson, SingleFileComponent } from './single-file-component.ts';
import type { TensorTable } from './tensor-table.ts';

/** Parameters of a ResBlock, LDM's module index → diffusers' name. */
const resnetNames: ReadonlyMap<string, string> = new Map([
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
]);

const outerNames: ReadonlyMap<string, string> = new Map([
  ['time_embed.0', 'time_embedding.linear_1'],
  ['time_embed.2', 'time_embedding.linear_2'],
  ['input_blocks.0.0', 'conv_in'],
  ['out.0', 'conv_norm_out'],
  ['out.2', 'conv_out'],
]);

const middleNames = ['mid_block.resnets.0', 'mid_block.attentions.0', 'mid_block.resnets.1'];

/** A UNet with LDM's names (prefix removed) under diffusers' names, with its config. */
export function readLdmUNet(table: TensorTable, fileName: string): SingleFileComponent {
  const layersPerBlock = countLayersPerBlock(table, fileName);
  return {
    table: rename(table, (name) => unetName(name, layersPerBlock), fileName),
    config: unetConfig(table, layersPerBlock, fileName),
  };
}

/**
 * diffusers' name of an LDM UNet tensor. Names of no known form stay, so that the graph's check for unused tensors can
 * name them.
 */
function unetName(name: string, layersPerBlock: number): string {
  const outer = /^(.+)\.(weight|bias)$/.exec(name);
  const outerName = outerNames.get(outer?.[1] ?? '');
  if (outerName !== undefined) return `${outerName}.${outer?.[2] ?? ''}`;
  const [, kind, blockText = '', rest = ''] =
    /^(input_blocks|middle_block|output_blocks)\.(\d+)\.(.+)$/.exec(name) ?? [];
  const block = Number(blockText);
  if (kind === 'middle_block')
    return `${middleNames[block] ?? `middle_block.${block}`}.${block === 1 ? rest : resnetName(rest)}`;
  const perBlock = layersPerBlock + 1;
  if (kind === 'input_blocks')
    return inputName(`down_blocks.${Math.floor((block - 1) / perBlock)}`, (block - 1) % perBlock, rest);
  if (kind === 'output_blocks') return outputName(`up_blocks.${Math.floor(block / perBlock)}`, block % perBlock, rest);
  return name;
}

function inputName(block: string, layer: number, rest: string): string {
  const [, module, inner = ''] = /^(\d+)\.(.+)$/.exec(rest) ?? [];
  if (module === '0' && inner.startsWith('op.')) return `${block}.downsamplers.0.conv.${inner.slice(3)}`;
  return module === '0' ? `${block}.resnets.${layer}.${resnetName(inner)}` : `${block}.attentions.${layer}.${inner}`;
}

/** The upsampler is module 2 after an attention, module 1 without one. */
function outputName(block: string, layer: number, rest: string): string {
  const [, module, inner = ''] = /^(\d+)\.(.+)$/.exec(rest) ?? [];
  if (module !== '0' && inner.startsWith('conv.')) return `${block}.upsamplers.0.${inner}`;
  return module === '0' ? `${block}.resnets.${layer}.${resnetName(inner)}` : `${block}.attentions.${layer}.${inner}`;
}

function resnetName(inner: string): string {
  const [, module = '', parameter = ''] = /^(.+)\.([^.]+)$/.exec(inner) ?? [];
  return `${resnetNames.get(module) ?? module}.${parameter}`;
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

function transformerLayers(table: TensorTable, attention: string): number {
  let layers = 0;
  while (table.has(`${attention}.transformer_blocks.${layers}.norm1.weight`)) layers++;
  return Math.max(1, layers);
}
