import { describe, expect, it } from 'vitest';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { formatsFile, formatsTensors, memorySource } from '../../testing/reference/formats-reference.ts';
import { requireFloatDtype, toFloat32 } from '../tensors/dtype.ts';
import { type ProjectorFile, readProjectorFile } from './projector-files.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { type TensorSpec, writeSafetensorsHeader } from '../tensor-files/safetensors-writer.ts';

const reference = await formatsTensors('projector/projectors.safetensors');

function erf(x: number): number {
  let sum = 0;
  let term = x;
  for (let n = 0; n < 60; n++) {
    sum += term / (2 * n + 1);
    term *= (-x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const activations = { relu: (x: number) => Math.max(0, x), gelu: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)) };

async function run(source: ByteSource, { config, table }: ProjectorFile, input: Float32Array): Promise<number[]> {
  const values = async (name: string) => {
    const info = table.get(name);
    if (info === undefined) throw new Error(name);
    return toFloat32(await source.read(info.offset, info.length), requireFloatDtype(info.dtype, name));
  };
  let hidden = [...input];
  const layers = config.hidden_dims.length + 1;
  for (let i = 0; i < layers; i++) {
    const [weight, bias] = [await values(`layers.${i}.weight`), await values(`layers.${i}.bias`)];
    const before = hidden;
    hidden = [...bias].map((b, row) =>
      before.reduce((sum, x, column) => sum + x * (weight[row * before.length + column] ?? 0), b),
    );
    if (i < layers - 1) hidden = hidden.map(activations[config.activation]);
  }
  return hidden;
}

function safetensors(specs: readonly (readonly [string, readonly number[]])[]): ByteSource {
  const { header, size } = writeSafetensorsHeader(
    specs.map(([name, shape]): TensorSpec => ({ name, dtype: 'F32', shape })),
  );
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return memorySource('projector.safetensors', bytes);
}

describe('readProjectorFile', () => {
  it.each([
    ['lincir.pt', 'phi', { input_dim: 8, hidden_dims: [16, 16], output_dim: 9, activation: 'gelu' }],
    ['searle.safetensors', 'phi', { input_dim: 8, hidden_dims: [16, 16], output_dim: 9, activation: 'gelu' }],
    ['pic2word.pt', 'pic2word', { input_dim: 8, hidden_dims: [4, 4], output_dim: 9, activation: 'relu' }],
  ])('%s is the network that torch runs', async (name, output, config) => {
    const source = await formatsFile(`projector/${name}`);
    const projector = await readProjectorFile(source);
    expect(projector.config).toMatchObject(config);
    const actual = await run(source, projector, reference.get('embedding') ?? new Float32Array());
    const expected = reference.get(output) ?? new Float32Array();
    expect(actual.length).toBe(expected.length);
    actual.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
    });
  });

  it('takes the weights of our own format, with GELU between the layers', async () => {
    const source = safetensors([
      ['layers.0.weight', [4, 8]],
      ['layers.0.bias', [4]],
      ['layers.1.weight', [6, 4]],
      ['layers.1.bias', [6]],
    ]);
    const { config, table } = await readProjectorFile(source);
    expect(config).toEqual({
      _class_name: 'PseudoWordProjector',
      input_dim: 8,
      hidden_dims: [4],
      output_dim: 6,
      activation: 'gelu',
    });
    expect([...table.keys()]).toEqual(['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']);
  });

  it.each(['Phi', 'state_dict_img2text', 'state_dict'])('finds the network below %s of a torch file', async (key) => {
    const source = await formatsFile('projector/searle.safetensors');
    const torch = await torchFileOf(await source.read(0, source.size), key);
    const { config } = await readProjectorFile(memorySource('phi.pt', torch));
    expect(config).toMatchObject({ input_dim: 8, hidden_dims: [16, 16], output_dim: 9, activation: 'gelu' });
  });

  it('takes names behind the prefixes that training leaves', async () => {
    for (const prefix of ['module.', 'Phi.', 'img2text.module.', 'state_dict_img2text.']) {
      const source = safetensors([
        [`${prefix}layers.0.0.weight`, [4, 8]],
        [`${prefix}layers.0.0.bias`, [4]],
        [`${prefix}layers.1.0.weight`, [4, 4]],
        [`${prefix}layers.1.0.bias`, [4]],
        [`${prefix}fc_out.weight`, [6, 4]],
        [`${prefix}fc_out.bias`, [6]],
      ]);
      const { config } = await readProjectorFile(source);
      expect(config).toMatchObject({ input_dim: 8, hidden_dims: [4, 4], output_dim: 6, activation: 'relu' });
    }
  });

  it.each([
    [
      'a tensor beside those of our own format',
      safetensors([
        ['layers.0.weight', [4, 8]],
        ['layers.0.bias', [4]],
        ['layers.1.weight', [6, 4]],
        ['layers.1.bias', [6]],
        ['mystery', [6]],
      ]),
    ],
    [
      'weights of three dimensions',
      safetensors([
        ['layers.0.weight', [4, 8, 1]],
        ['layers.0.bias', [4]],
        ['layers.1.weight', [6, 4]],
        ['layers.1.bias', [6]],
      ]),
    ],
    [
      'weights of one dimension',
      safetensors([
        ['layers.0.weight', [4]],
        ['layers.0.bias', [4]],
        ['layers.1.weight', [6, 4]],
        ['layers.1.bias', [6]],
      ]),
    ],
    [
      'a bias of another length',
      safetensors([
        ['layers.0.weight', [4, 8]],
        ['layers.0.bias', [5]],
        ['layers.1.weight', [6, 4]],
        ['layers.1.bias', [6]],
      ]),
    ],
    [
      'a bias of two dimensions',
      safetensors([
        ['layers.0.weight', [4, 8]],
        ['layers.0.bias', [4, 1]],
        ['layers.1.weight', [6, 4]],
        ['layers.1.bias', [6]],
      ]),
    ],
    [
      'another network',
      safetensors([
        ['layers.0.weight', [4, 8]],
        ['layers.0.bias', [4]],
      ]),
    ],
    [
      'a missing bias',
      safetensors([
        ['layers.0.weight', [4, 8]],
        ['layers.3.weight', [4, 4]],
        ['layers.6.weight', [8, 4]],
        ['layers.0.bias', [4]],
      ]),
    ],
    [
      'layers that do not fit',
      safetensors([
        ['layers.0.0.weight', [4, 8]],
        ['layers.0.0.bias', [4]],
        ['layers.1.0.weight', [4, 5]],
        ['layers.1.0.bias', [4]],
        ['fc_out.weight', [8, 4]],
        ['fc_out.bias', [8]],
      ]),
    ],
  ])('refuses %s', async (_, source) => {
    await expect(readProjectorFile(source)).rejects.toMatchObject({
      code: 'bad-checkpoint-file',
      message: expect.stringContaining('projector.safetensors') as string,
    });
  });
});
