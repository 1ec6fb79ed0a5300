import { describe, expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readProjectorFile } from '../../checkpoint/kinds/projector-files.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { findReferenceJson, readTensorFile, readWeightFile } from '../../testing/reference/reference-file.ts';
import { refusal } from '../../testing/reference/weights.ts';
import { parseProjectorConfig } from '../config/projector-config.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { Parameters } from '../onnx/parameters.ts';
import { projector } from './projector.ts';

const answers = await readTensorFile('projectors/answers.safetensors');
const ownConfig = await findReferenceJson('projectors/own/config.json');
const weightsOf = (name: string) => readWeightFile(`projectors/${name}/model.safetensors`);

describe('a projector', () => {
  it.each(['own', 'lincir', 'pic2word'])('in the format "%s" gives what torch gives', async (name) => {
    const backend = await nodeBackend('wasm');
    const { bytes, location } = await weightsOf(name);
    const { config, table } = await readProjectorFile(blobSource(location, new Blob([bytes])));
    const embeds = entry(answers, 'image_embeds');
    const graph = new GraphBuilder('projector', 'portable');
    const input = graph.input('image_embeds', 'float32', embeds.shape);
    graph.output(
      'pseudo_word',
      projector(
        graph,
        new Parameters(graph, { table, location }),
        input,
        parseProjectorConfig(name === 'own' ? ownConfig : config),
      ),
    );
    const session = await openSession(backend, graph.build(), [{ path: location, data: bytes }]);
    const results = await runSession(session, { image_embeds: floatTensor(backend, embeds.values, embeds.shape) });
    expect(relativeError(await takeFloats(output(results, 'pseudo_word')), entry(answers, name).values)).toBeLessThan(
      1e-5,
    );
  });

  it('with an unknown activation is refused, naming the key', () => {
    const error = refusal(() => parseProjectorConfig({ ...(ownConfig as object), activation: 'tanh' }));
    expect(error.message).toContain('activation in projector/config.json');
  });
});
