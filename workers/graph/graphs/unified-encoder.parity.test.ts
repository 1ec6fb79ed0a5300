import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import { tokenEmbeddings } from '../../pipeline/modules/token-embeddings.ts';
import { openSession, runSession } from '../../runtime/sessions.ts';
import { floatTensor, intTensor, output } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import {
  entry,
  readReferenceJson,
  readReferenceTensors,
  readReferenceWeights,
  relativeError,
  type ReferenceCase,
} from '../../testing/reference/reference-case.ts';
import { floats, refusal, without, withTensor } from '../../testing/reference/weights.ts';
import { parseClipTextConfig } from '../config/clip-config.ts';
import { buildUnifiedEncoder } from './unified-encoder.ts';

const scenarios = z.array(
  z.object({
    name: z.string(),
    inputIds: z.tuple([z.array(z.int()), z.array(z.int())]),
    positions: z.array(z.object({ position: z.int(), row: z.int() })),
  }),
);

async function load(name: ReferenceCase) {
  const config = parseClipTextConfig(await readReferenceJson(name, 'text_encoder/config.json'));
  const weights = await readReferenceWeights(name, 'text_encoder/model.safetensors');
  const component = { config, weights, file: { path: weights.location, data: new Blob([weights.bytes]) } };
  return {
    config,
    weights,
    embeddings: ({ inputIds }: Pick<Scenario, 'inputIds'>) =>
      tokenEmbeddings(component, Int32Array.from(inputIds.flat())),
    reference: await readReferenceTensors(name, 'reference/text.safetensors'),
    scenarios: scenarios.parse(await readReferenceJson(name, 'reference/text.json')),
  };
}

type Scenario = z.output<typeof scenarios>[number];

/** Written from the interface's own words, without the code that the engine uses for it. */
function indices({ positions }: Scenario, take: 'pinned' | 'all'): { words: Int32Array; hidden: Int32Array } {
  const words = Int32Array.from({ length: 77 }, (_, position) => position);
  const hidden = Int32Array.from({ length: 77 }, (_, position) => (take === 'all' ? 77 + position : position));
  for (const { position, row } of positions) {
    words[position] = 77 + row;
    hidden[position] = 77 + position;
  }
  return { words, hidden };
}

describe.each(providers)('the unified encoder on %s', (provider) => {
  const cases =
    provider === 'webgpu' ? (['sd15', 'v-prediction', 'half'] as const) : (['sd15', 'v-prediction'] as const);

  it.each(cases)('of %s gives h_u, h_y and h_∅ as transformers computes them', async (name) => {
    const backend = await nodeBackend(provider);
    const { config, weights, reference, scenarios, embeddings } = await load(name);
    const { model } = buildUnifiedEncoder(config, weights, { kernels: kernelsOf(backend), pinned: true });
    const session = await openSession(backend, model, [{ path: weights.location, data: weights.bytes }], {
      strict: true,
    });
    const pseudoWords = entry(reference, 'pseudo_words');
    for (const scenario of scenarios) {
      for (const take of ['pinned', 'all'] as const) {
        const { words, hidden } = indices(scenario, take);
        const results = await runSession(session, {
          token_embeddings: floatTensor(backend, await embeddings(scenario), [2, 77, config.hidden_size]),
          pseudo_words: floatTensor(backend, pseudoWords.values, pseudoWords.shape),
          word_index: intTensor(backend, words, [77]),
          hidden_index: intTensor(backend, hidden, [77]),
        });
        const states = await floats(output(results, 'hidden_states'));
        const expected = entry(reference, `${scenario.name}.${take}`).values;
        expect(relativeError(states, expected), `${scenario.name}, ${take}`).toBeLessThan(
          name === 'half' ? 5e-3 : 1e-4,
        );
      }
    }
    await session.release();
  });

  it('without pictures gives h_y and h_∅', async () => {
    const backend = await nodeBackend(provider);
    const { config, weights, reference, scenarios, embeddings } = await load('sd15');
    const { model } = buildUnifiedEncoder(config, weights, { kernels: kernelsOf(backend), pinned: false });
    const session = await openSession(backend, model, [{ path: weights.location, data: weights.bytes }], {
      strict: true,
    });
    for (const { name, inputIds } of scenarios) {
      const results = await runSession(session, {
        token_embeddings: floatTensor(backend, await embeddings({ inputIds }), [2, 77, config.hidden_size]),
      });
      const states = await floats(output(results, 'hidden_states'));
      expect(
        relativeError(states, entry(reference, `${name}.pinned`).values.subarray(77 * config.hidden_size)),
        name,
      ).toBeLessThan(1e-4);
    }
    await session.release();
  });
});

it('an encoder of fewer positions gives what the first ones of a longer one give, as its mask is causal', async () => {
  const backend = await nodeBackend('wasm');
  const length = 12;
  const { config, weights, reference, scenarios, embeddings } = await load('sd15');
  const shorter = { ...config, max_position_embeddings: length };
  const name = 'text_model.embeddings.position_embedding.weight';
  const { dtype, offset } = entry(weights.table, name);
  const shape = [length, config.hidden_size];
  const table = new Map([...weights.table, [name, { dtype, offset, shape, length: 4 * length * config.hidden_size }]]);
  const options = { kernels: kernelsOf(backend), pinned: false };
  const { model } = buildUnifiedEncoder(shorter, { table, location: weights.location }, options);
  const session = await openSession(backend, model, [{ path: weights.location, data: weights.bytes }]);
  for (const { name: scenario, inputIds } of scenarios) {
    const cut = await embeddings({ inputIds: [inputIds[0].slice(0, length), inputIds[1].slice(0, length)] });
    const results = await runSession(session, {
      token_embeddings: floatTensor(backend, cut, [2, length, config.hidden_size]),
    });
    const [, caption] = [0, 1].map((row) =>
      entry(reference, `${scenario}.pinned`).values.subarray(row * 77 * config.hidden_size),
    );
    const states = await floats(output(results, 'hidden_states'));
    const first = states.subarray(0, length * config.hidden_size);
    expect(relativeError(first, (caption ?? states).subarray(0, first.length)), scenario).toBeLessThan(1e-4);
  }
  await session.release();
});

describe('building the unified encoder', () => {
  const options = { kernels: 'portable', pinned: true } as const;
  const final = 'text_model.final_layer_norm.bias';

  it('refuses weights that lack a tensor, naming it', async () => {
    const { config, weights } = await load('sd15');
    const error = refusal(() => buildUnifiedEncoder(config, without(weights, final), options));
    expect(error.code).toBe('missing-tensor');
    expect(error.message).toContain(final);
  });

  it('refuses weights with a tensor that no CLIP model has, naming it', async () => {
    const { config, weights } = await load('sd15');
    const odd = withTensor(weights, 'text_model.adapter.weight', final);
    const error = refusal(() => buildUnifiedEncoder(config, odd, options));
    expect(error.code).toBe('extra-tensor');
    expect(error.message).toContain('text_model.adapter.weight');
  });

  it('passes over the buffers and the vision tower of a whole CLIP model', async () => {
    const { config, weights } = await load('sd15');
    const beside = [
      'text_model.embeddings.position_ids',
      'vision_model.post_layernorm.bias',
      'visual_projection.weight',
      'text_projection.weight',
      'logit_scale',
    ];
    const whole = beside.reduce((table, name) => withTensor(table, name, final), weights);
    expect(buildUnifiedEncoder(config, whole, options).usedTensors).toEqual(
      buildUnifiedEncoder(config, weights, options).usedTensors,
    );
  });

  it('refuses a config that does not fit the weights, naming the tensor', async () => {
    const { config, weights } = await load('sd15');
    const error = refusal(() => buildUnifiedEncoder({ ...config, vocab_size: 9 }, weights, options));
    expect(error.code).toBe('tensor-shape');
    expect(error.message).toContain('token_embedding');
  });
});
