import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsBytes } from '../../testing/reference/formats-reference.ts';
import { cases, guardedSource, mutate, mutations, typed } from '../../testing/files/fuzz.ts';
import { loraBase } from '../../testing/reference/lora-base.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { ipAdapterTensors } from '../../graph/graphs/look-tokens.ts';
import { readReferenceFile } from '../../testing/reference/reference-file.ts';
import { readIpAdapterFile } from './ip-adapter-file.ts';
import { readLdmPrediction } from '../single-file/ldm-config.ts';
import { planLoras } from '../lora/plan-loras.ts';
import { readProjectorFile } from './projector-files.ts';
import { writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';
import { readTensorFile } from '../tensor-files/tensor-file.ts';
import { readTextualInversion } from './textual-inversion.ts';
import { tinyAutoencoderConfig, tinyAutoencoderTable } from './tiny-autoencoder-file.ts';

const options = { numRuns: cases };
const base = await loraBase();

describe('files of users', () => {
  const codes = [
    'bad-safetensors',
    'download-incomplete',
    'bad-pickle',
    'bad-embedding',
    'bad-lora',
    'bad-adapter',
    'bad-tiny-autoencoder',
    'bad-checkpoint-file',
    'nan-weight',
    'tensor-dtype',
  ] as const;
  it('mutated embeddings, LoRAs and projectors give a typed error or data', async () => {
    const names = [
      'textual-inversion/a1111.pt',
      'textual-inversion/learned_embeds.safetensors',
      'lora/old-diffusers.safetensors',
      'lora/old-diffusers.bin',
      'projector/pic2word.pt',
      'projector/searle.safetensors',
    ];
    const files = await Promise.all(names.map(formatsBytes));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        const source = guardedSource(mutate(file, mutation));
        const embedding = await typed(codes, () => readTextualInversion(source, 8));
        if (embedding !== null) expect(embedding.vectors.length).toBe(8 * embedding.count);
        await typed(codes, () => planLoras([{ source, weight: 1 }], base));
        await typed(codes, () => readProjectorFile(source));
      }),
      options,
    );
  });

  it('mutated tiny autoencoders give a typed error, or a config for names of diffusers', async () => {
    const names = ['taesd_decoder', 'taesd_encoder', 'published/diffusion_pytorch_model'];
    const files = await Promise.all(names.map((name) => readReferenceFile(`tiny-autoencoder/${name}.safetensors`)));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        const table = await typed(codes, async () =>
          tinyAutoencoderTable((await readTensorFile(guardedSource(mutate(file, mutation)))).table, 'x'),
        );
        if (table !== null) expect(tinyAutoencoderConfig(table)).toHaveProperty('_class_name');
      }),
      options,
    );
  });

  it('mutated IP-Adapters give a typed error, or a config whose layers are in order', async () => {
    const files = await Promise.all(
      ['plain.safetensors', 'full-face.safetensors', 'full-face.bin'].map((name) => readReferenceFile(`look/${name}`)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        const adapter = await typed(codes, () => readIpAdapterFile(guardedSource(mutate(file, mutation))));
        const indices = adapter?.config.layers.map(({ index }) => index) ?? [];
        expect(indices).toEqual([...indices].sort((a, b) => a - b));
      }),
      options,
    );
  });

  it('IP-Adapters of any names and shapes give a typed error, or a network that can be built or is refused', async () => {
    const name = fc.constantFrom(
      ...['proj.weight', 'proj.bias', 'norm.weight', 'norm.bias', 'latents', 'proj_in.weight', 'proj_out.weight'],
      ...['proj.0.weight', 'proj.2.weight', 'proj.3.weight', 'layers.0.0.to_q.weight', 'layers.0.1.1.weight'],
    );
    const extent = fc.constantFrom(0, 1, 2, 4, 8, 64, 128);
    const tensor = fc.record({ name, shape: fc.array(extent, { maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(tensor, { maxLength: 8 }), async (tensors) => {
        const shapes = new Map(tensors.map((one) => [`image_proj.${one.name}`, one.shape]));
        shapes.set('ip_adapter.1.to_k_ip.weight', [2, 4]);
        const { header, size } = writeSafetensorsHeader(
          [...shapes].map(([key, shape]) => ({ name: key, dtype: 'F32', shape }) as const),
        );
        const bytes = new Uint8Array(size);
        bytes.set(header);
        const adapter = await typed(codes, () => readIpAdapterFile(guardedSource(bytes)));
        if (adapter === null) return;
        const weights = { table: adapter.table, location: 'adapter' };
        await typed(['missing-tensor', 'tensor-shape', 'extra-tensor'], () =>
          Promise.resolve(ipAdapterTensors(adapter.config, weights)),
        );
      }),
      options,
    );
  });

  it('mutated files of every method of LyCORIS give a typed error, or changes of the right size', async () => {
    const names = [
      'dora',
      'loha-tucker',
      'lokr-tucker',
      'lokr-factors',
      'glora',
      'ia3',
      'oft-constraint',
      'boft',
      'norm',
      'full',
    ];
    const files = await Promise.all(names.map((name) => formatsBytes(`lora/lycoris/${name}.safetensors`)));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        await typed(codes, () => changesOf(guardedSource(mutate(file, mutation))));
      }),
      options,
    );
  });

  it('LoRA files of any names and shapes give a typed error, or changes of the right size', async () => {
    const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q';
    const module = fc.oneof(
      fc.constantFrom(
        `lora_unet_${attention.replaceAll('.', '_')}`,
        `unet.${attention}`,
        'diffusion_model.middle_block.0.in_layers.2',
        'lora_te_text_model_encoder_layers_0_mlp_fc1',
        `base_model.model.${attention}`,
        'lycoris_down_blocks_0_downsamplers_0_conv',
      ),
      fc.string({ maxLength: 20 }),
    );
    const part = fc.oneof(
      fc.constantFrom(
        'lora_down.weight',
        'lora_up.weight',
        'lora_mid.weight',
        'lora_A.x.weight',
        'lora_B.weight',
        'alpha',
      ),
      fc.constantFrom(
        'dora_scale',
        'hada_w1_a',
        'hada_w1_b',
        'hada_w2_a',
        'hada_w2_b',
        'lokr_w1',
        'lokr_w2',
        'lokr_w2_a',
      ),
      fc.constantFrom(
        'a1.weight',
        'b2.weight',
        'diff',
        'diff_b',
        'oft_blocks',
        'rescale',
        'weight',
        'on_input',
        'ia3_l',
      ),
      fc.string({ maxLength: 8 }),
    );
    const extent = fc.constantFrom(0, 1, 2, 4, 8, 8, 8, 12, 16);
    const tensor = fc.record({ module, part, shape: fc.array(extent, { maxLength: 4 }) });
    const metadata = fc.option(
      fc.record({
        r: fc.nat(4),
        lora_alpha: fc.oneof(fc.nat(4), fc.constantFrom(NaN, 'x')),
        alpha_pattern: fc.dictionary(
          fc.string({ unit: fc.constantFrom(...Array.from('at_oq.*+?()[]|\\d')), maxLength: 9 }),
          fc.nat(4),
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(tensor, { maxLength: 6 }), metadata, async (tensors, config) => {
        const specs = new Map(tensors.map(({ module: name, part: ending, shape }) => [`${name}.${ending}`, shape]));
        specs.delete('__metadata__');
        const { header, size } = writeSafetensorsHeader(
          [...specs].map(([name, shape]) => ({ name, dtype: 'F32', shape }) as const),
          new Map(config === null ? [] : [['lora_adapter_metadata', JSON.stringify(config)]]),
        );
        const bytes = new Uint8Array(size);
        bytes.set(header);
        await typed(codes, () => changesOf(guardedSource(bytes)));
      }),
      options,
    );
  });

  it('any config beside a single file says one of two predictions or nothing', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        'parameterization: v',
        '  parameterization: "eps" # x',
        'parameterization:',
        "\tparameterization:\t'v'",
        '\r',
        ' '.repeat(2000),
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        expect([null, 'epsilon', 'v_prediction']).toContain(readLdmPrediction(lines.join('\n')));
      }),
      options,
    );
  });
});

/** Makes all changes of a file, on zeros. */
async function changesOf(source: ByteSource): Promise<void> {
  const plan = await planLoras([{ source, weight: 0.5 }], base);
  for (const target of ['unet', 'textEncoder'] as const)
    for (const [name, changes] of plan[target]) {
      const shape = base[target].get(name)?.shape ?? [];
      const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
      for (const change of changes) await change.apply(values);
    }
}
