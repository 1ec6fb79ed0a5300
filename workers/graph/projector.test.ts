import { describe, expect, it } from 'vitest';

import { openSession, runSession } from '../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../runtime/tensors.ts';
import { nodeBackend } from '../testing/node-backend.ts';
import { entry, relativeError } from '../testing/reference-case.ts';
import { findReferenceJson, readTensorFile, readWeightFile } from '../testing/reference-file.ts';
import { refusal } from '../testing/weights.ts';
import { parseProjectorConfig, type ProjectorLayer, recognizeProjector } from './config/projector-config.ts';
import { GraphBuilder } from './graph-builder.ts';
import { Parameters } from './parameters.ts';
import { projector } from './projector.ts';

const answers = await readTensorFile('projectors/answers.safetensors');
const ownConfig = await findReferenceJson('projectors/own/config.json');
const weightsOf = (name: string) => readWeightFile(`projectors/${name}/model.safetensors`);

async function layersOf(name: string): Promise<ProjectorLayer[]> {
  const { table } = await weightsOf(name);
  return name === 'own' ? parseProjectorConfig(ownConfig) : recognizeProjector(table);
}

describe('a projector', () => {
  it.each(['own', 'lincir', 'pic2word'])('in the format "%s" gives what torch gives', async (name) => {
    const backend = await nodeBackend('wasm');
    const weights = await weightsOf(name);
    const embeds = entry(answers, 'image_embeds');
    const graph = new GraphBuilder('projector', 'portable');
    const input = graph.input('image_embeds', 'float32', embeds.shape);
    graph.output('pseudo_word', projector(graph, new Parameters(graph, weights), input, await layersOf(name)));
    const session = await openSession(backend, graph.build(), [{ path: weights.location, data: weights.bytes }]);
    const results = await runSession(session, { image_embeds: floatTensor(backend, embeds.values, embeds.shape) });
    expect(relativeError(await takeFloats(output(results, 'pseudo_word')), entry(answers, name).values)).toBeLessThan(1e-5);
  });

  it.each(['Phi.', 'module.', 'state_dict_img2text.module.'])('is recognized under the prefix "%s"', async (prefix) => {
    const { table } = await weightsOf('pic2word');
    const prefixed = new Map([...table].map(([name, info]) => [prefix + name, info]));
    expect(recognizeProjector(prefixed).map(({ path }) => path)).toEqual([`${prefix}layers.0.0`, `${prefix}layers.1.0`, `${prefix}fc_out`]);
  });

  it('that no one published is refused', async () => {
    const { table } = await weightsOf('own');
    expect(refusal(() => recognizeProjector(table)).code).toBe('unsupported-config');
  });

  it('with an unknown activation is refused, naming the key', () => {
    const error = refusal(() => parseProjectorConfig({ ...(ownConfig as object), activation: 'tanh' }));
    expect(error.message).toContain('activation in projector/config.json');
  });
});
