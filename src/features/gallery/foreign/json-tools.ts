/** What InvokeAI, Fooocus and ComfyUI write: JSON of their own. */
import * as z from 'zod';
import { Findings, type ForeignPicture } from './foreign-settings.ts';

const anything = z.record(z.string(), z.unknown());

function json(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return anything.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

const named = z.looseObject({ model_name: z.string().optional(), name: z.string().optional() });

function nameOf(model: unknown): string | undefined {
  if (typeof model === 'string') return model;
  const { data } = named.safeParse(model);
  return data?.name ?? data?.model_name;
}

/** Square brackets are text there. */
function literalSquares(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/(?<!\\)[[\]]/gu, String.raw`\$&`) : text;
}

/** The chunk "invokeai_metadata". @returns null where it is none */
export function readInvoke(text: string): ForeignPicture | null {
  const said = json(text);
  if (said === null) return null;
  const found = new Findings();
  found.text('negativePrompt', literalSquares(said['negative_prompt']));
  found.number('seed', said['seed']);
  found.number('steps', said['steps']);
  found.number('guidanceScale', said['cfg_scale']);
  found.sampler(said['scheduler']);
  found.size(said['width'], said['height']);
  const skip = said['clip_skip'];
  if (typeof skip === 'number') found.number('clipSkip', skip + 1);
  const model = nameOf(said['model']);
  if (model !== undefined) found.leave('model', model);
  for (const [key, what] of [
    ['loras', 'LoRA files'],
    ['controlnets', 'ControlNet'],
    ['ipAdapters', 'reference pictures'],
    ['t2iAdapters', 'T2I-Adapter'],
    ['canvas_v2_metadata', 'canvas'],
    ['init_image', 'start picture'],
  ] as const) {
    const value = said[key];
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)) found.leave(what);
  }
  const caption = said['positive_prompt'];
  if (typeof caption === 'string' && /[\w)][+-]+(?=[\s,.]|$)|\)[\d.]+/u.test(caption))
    found.leave('InvokeAI’s own weights (word++)');
  return found.done('InvokeAI', literalSquares(caption));
}

const pair = /^\D*(\d+)\D+(\d+)/u;

/** Fooocus' own scheme in the chunk "parameters". @returns null where it is none */
export function readFooocus(text: string): ForeignPicture | null {
  const said = json(text);
  if (said === null || !('base_model' in said || 'performance' in said)) return null;
  const found = new Findings();
  found.text('negativePrompt', said['negative_prompt']);
  found.number('seed', said['seed']);
  found.number('steps', said['steps']);
  found.number('guidanceScale', said['guidance_scale']);
  found.number('clipSkip', said['clip_skip']);
  found.sampler(said['sampler'], said['scheduler']);
  const [, width, height] = pair.exec(String(said['resolution'])) ?? [];
  found.size(width, height);
  found.leave('model', said['base_model']);
  if (Array.isArray(said['styles']) && said['styles'].length > 0) found.leave('styles');
  if (Array.isArray(said['loras']) && said['loras'].length > 0) found.leave('LoRA files');
  return found.done('Fooocus', said['prompt']);
}

const node = z.looseObject({ class_type: z.string(), inputs: anything });
type Node = z.infer<typeof node>;

/** How far a link is followed: a graph may be a circle. */
const longest = 30;

/** The chunk "prompt" of ComfyUI: a graph of nodes. What its sampler is fed with is read. @returns null where it is none */
export function readComfy(text: string): ForeignPicture | null {
  const said = json(text);
  if (said === null) return null;
  const nodes = new Map(
    Object.entries(said).flatMap(([id, value]) => {
      const { data } = node.safeParse(value);
      return data === undefined ? [] : [[id, data] as const];
    }),
  );
  const sampler = [...nodes.values()].find(({ class_type: type }) => type.startsWith('KSampler'));
  if (sampler === undefined) return null;
  const linked = (value: unknown): Node | undefined => (Array.isArray(value) ? nodes.get(String(value[0])) : undefined);
  /** The first value under one of these names on the way back from an input. @param left how many nodes may be looked at */
  const behind = (value: unknown, keys: readonly string[], left = longest): unknown => {
    let at = linked(value);
    for (let steps = left; at !== undefined && steps > 0; steps--) {
      for (const key of keys) {
        const own = at.inputs[key];
        if (typeof own === 'string' || typeof own === 'number') return own;
        const far = linked(own);
        if (far !== undefined) return behind(own, [...keys, 'string', 'value'], steps - 1);
      }
      at = linked(Object.values(at.inputs).find((input) => linked(input) !== undefined));
    }
    return undefined;
  };
  const { inputs } = sampler;
  const found = new Findings();
  found.text('negativePrompt', literalSquares(behind(inputs['negative'], ['text'])));
  found.number('seed', scalar(inputs['seed'] ?? inputs['noise_seed']));
  found.number('steps', scalar(inputs['steps']));
  found.number('guidanceScale', scalar(inputs['cfg']));
  found.sampler(inputs['sampler_name'], inputs['scheduler']);
  found.size(behind(inputs['latent_image'], ['width']), behind(inputs['latent_image'], ['height']));
  found.leave('model', behind(inputs['model'], ['ckpt_name', 'unet_name']));
  if (inputs['denoise'] !== undefined && inputs['denoise'] !== 1) found.leave('start picture');
  const others = new Set([...nodes.values()].map(({ class_type: type }) => type));
  if ([...others].some((type) => type.startsWith('Lora'))) found.leave('LoRA files');
  if ([...others].some((type) => type.startsWith('ControlNet'))) found.leave('ControlNet');
  if (nodes.size > 8) found.leave(`${nodes.size} nodes of a workflow, of which the first sampler’s are read`);
  return found.done('ComfyUI', literalSquares(behind(inputs['positive'], ['text'])));
}

function scalar(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}
