/** The two names of every tensor of a UNet: LDM's (without `model.diffusion_model.`) and diffusers'. */

/** Modules of a ResBlock, LDM's index → diffusers' name. */
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

/**
 * diffusers' name of an LDM UNet tensor. Names of no known form stay, so that the graph's check for unused tensors can
 * name them.
 */
export function diffusersUNetName(name: string, layersPerBlock: number): string {
  const outer = /^(.+)\.(weight|bias)$/.exec(name);
  const outerName = outerNames.get(outer?.[1] ?? '');
  if (outerName !== undefined) return `${outerName}.${outer?.[2] ?? ''}`;
  const [, middle, middleInner = ''] = /^middle_block\.([012])\.(.+)$/.exec(name) ?? [];
  if (middle !== undefined) return `${middleNames[Number(middle)] ?? ''}.${resnetName(middleInner)}`;
  const [, half, blockText = '', module = '', inner = ''] =
    /^(input|output)_blocks\.(\d+)\.(\d+)\.(.+)$/.exec(name) ?? [];
  const block = Number(blockText);
  const perBlock = layersPerBlock + 1;
  if (half === 'output')
    return outputName(`up_blocks.${Math.floor(block / perBlock)}`, block % perBlock, module, inner);
  if (half === 'input' && block > 0)
    return inputName(`down_blocks.${Math.floor((block - 1) / perBlock)}`, (block - 1) % perBlock, module, inner);
  return name;
}

function inputName(block: string, layer: number, module: string, inner: string): string {
  if (module === '0' && inner.startsWith('op.')) return `${block}.downsamplers.0.conv.${inner.slice(3)}`;
  return layerName(block, layer, module, inner);
}

/** The upsampler is module 2 after an attention, module 1 without one. */
function outputName(block: string, layer: number, module: string, inner: string): string {
  if (module !== '0' && inner.startsWith('conv.')) return `${block}.upsamplers.0.${inner}`;
  return layerName(block, layer, module, inner);
}

function layerName(block: string, layer: number, module: string, inner: string): string {
  return module === '0' ? `${block}.resnets.${layer}.${resnetName(inner)}` : `${block}.attentions.${layer}.${inner}`;
}

/** Modules of an attention have other names than those of a ResBlock, and stay. */
function resnetName(inner: string): string {
  return inner.replace(/^.+(?=\.[^.]+$)/, (module) => resnetNames.get(module) ?? module);
}

const ldmOuterNames = inverted(outerNames);
const ldmResnetNames = inverted(resnetNames);

/** LDM's name of every module of a UNet with diffusers' names; both without `.weight`. */
export function ldmUNetModules(modules: readonly string[]): ReadonlyMap<string, string> {
  const layersPerBlock = new Set(modules.flatMap((name) => /^down_blocks\.0\.resnets\.\d+/.exec(name)?.[0] ?? [])).size;
  const attending = new Set(modules.flatMap((name) => /^up_blocks\.\d+(?=\.attentions\.)/.exec(name)?.[0] ?? []));
  return new Map(
    modules.flatMap((name) => {
      const ldm = ldmUNetModule(name, layersPerBlock + 1, attending);
      return ldm === null ? [] : [[name, ldm]];
    }),
  );
}

function ldmUNetModule(name: string, perBlock: number, attending: ReadonlySet<string>): string | null {
  const outer = ldmOuterNames.get(name);
  if (outer !== undefined) return outer;
  const [, middle, middleRest = ''] = /^(mid_block\.(?:resnets|attentions)\.\d+)\.(.+)$/.exec(name) ?? [];
  if (middle !== undefined) {
    const index = middleNames.indexOf(middle);
    return index === -1 ? null : `middle_block.${index}.${ldmResnetModule(middleRest)}`;
  }
  const [, half, blockText = '', kind, layerText = '', rest = ''] =
    /^(down|up)_blocks\.(\d+)\.([a-z]+)\.(\d+)\.(.+)$/.exec(name) ?? [];
  const isSampler = kind === 'downsamplers' || kind === 'upsamplers';
  const layer = isSampler ? perBlock - 1 : Number(layerText);
  const block =
    half === 'down'
      ? `input_blocks.${1 + Number(blockText) * perBlock + layer}`
      : `output_blocks.${Number(blockText) * perBlock + layer}`;
  if (kind === 'resnets') return `${block}.0.${ldmResnetModule(rest)}`;
  if (kind === 'attentions') return `${block}.1.${rest}`;
  if (kind === 'downsamplers') return `${block}.0.op`;
  return kind === 'upsamplers' ? `${block}.${attending.has(`up_blocks.${blockText}`) ? 2 : 1}.conv` : null;
}

function ldmResnetModule(inner: string): string {
  return ldmResnetNames.get(inner) ?? inner;
}

function inverted(map: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...map].map(([key, value]) => [value, key]));
}
