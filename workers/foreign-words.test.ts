import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { blobSource } from './checkpoint/bytes/byte-source.ts';
import { parseJson } from './checkpoint/json/json-file.ts';
import { whatIsWrong } from './checkpoint/json/schema-issue.ts';
import { PinwordError, toErrorData, type ErrorData } from './errors.ts';
import { parseAutoencoderConfig } from './graph/config/autoencoder-config.ts';
import { parseClipTextConfig, parseClipVisionConfig } from './graph/config/clip-config.ts';
import { parseProjectorConfig } from './graph/config/projector-config.ts';
import { parseUNetConfig } from './graph/config/unet-config.ts';
import { guarded } from './runtime/guarded.ts';
import { parseSchedulerConfig } from './schedulers/scheduler-config.ts';

/** Words that zod, V8, ONNX Runtime, Emscripten and browsers use among themselves. */
const foreign =
  /Invalid (?:input|option|enum|literal)|\bexpected\b|\breceived\b|Too (?:small|big)|Unrecognized|Unexpected|JSON at position|position \d|ASSERTIONS|Aborted\(|RuntimeError|OrtRun|ERROR_CODE|bad_alloc|DOMException|\w+Error\b|Failed to (?:fetch|execute)|\[object|undefined|\bNaN\b/;

function expectOurs({ message }: ErrorData): void {
  expect(message).not.toMatch(foreign);
  expect(message).toMatch(/^[A-Z"“_a-z].*[.?]$/s);
}

async function thrownBy(action: () => unknown): Promise<ErrorData> {
  try {
    await action();
  } catch (thrown) {
    return toErrorData(thrown);
  }
  throw new Error('nothing was thrown');
}

const fromOnnxRuntime = [
  new Error(
    'failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: Non-zero status code returned while running Conv node.',
  ),
  new Error('Aborted(). Build with -sASSERTIONS for more info.'),
  new WebAssembly.RuntimeError('unreachable'),
  new RangeError('Array buffer allocation failed'),
  4_217_064,
  'Uncaught RuntimeError: memory access out of bounds',
];

const fromBrowsers = [
  new TypeError('Failed to fetch'),
  new TypeError("Cannot read properties of undefined (reading 'length')"),
  new DOMException('The object can not be cloned.', 'DataCloneError'),
  new DOMException('The requested file could not be read.', 'NotReadableError'),
  new DOMException('A requested file or directory could not be found.', 'NotFoundError'),
  new DOMException('Failed to execute put on IDBObjectStore', 'QuotaExceededError'),
  new DOMException('The request is not allowed', 'SecurityError'),
  new DOMException('The transaction was aborted', 'AbortError'),
  new SyntaxError('Unexpected token < in JSON at position 0'),
  { message: 'GPUOutOfMemoryError: Not enough memory left.' },
  null,
  undefined,
];

describe('words that are not ours', () => {
  it.each([...fromOnnxRuntime, ...fromBrowsers])('are kept in the details: %s', (thrown) => {
    const data = toErrorData(thrown);
    expectOurs(data);
    if (thrown instanceof Error) expect(data.details).toContain(thrown.message);
  });

  it('of a cause are kept in the details, and a circle of causes ends', () => {
    const cause = new Error('inner words');
    cause.cause = cause;
    const data = toErrorData(new PinwordError('network', 'The host could not be reached.', { cause }));
    expect(data).toMatchObject({ code: 'network', message: 'The host could not be reached.' });
    expect(data.details).toContain('Error: inner words');
  });

  it('tell what happened where the name of the error does', () => {
    const codeOf = (name: string): string => toErrorData(new DOMException('words', name)).code;
    expect(['NotReadableError', 'QuotaExceededError', 'SecurityError', 'DataError'].map(codeOf)).toEqual([
      'file-not-found',
      'storage-quota',
      'storage-unavailable',
      'internal',
    ]);
    expect(toErrorData(new RangeError('Array buffer allocation failed')).code).toBe('out-of-memory');
  });

  it.each(fromOnnxRuntime)('of ONNX Runtime while a graph runs: %s', async (thrown) => {
    const data = await thrownBy(() =>
      guarded(
        null,
        'A part of the model could not be run.',
        () => Promise.reject(thrown as Error),
        () => undefined,
      ),
    );
    expectOurs(data);
    expect(data.details).toBeDefined();
  });
});

/** Values that no config has where a number, a list, a text or a group stands. */
const wrong = [null, 'text', -1, 1.5, 0, 1e99, true, [], ['x'], {}, { a: 1 }];

const configs = {
  'unet/config.json': {
    parse: parseUNetConfig,
    keys: ['block_out_channels', 'attention_head_dim', 'down_block_types', 'act_fn', 'norm_num_groups', 'in_channels'],
  },
  'vae/config.json': {
    parse: parseAutoencoderConfig,
    keys: ['block_out_channels', 'layers_per_block', 'scaling_factor', 'up_block_types', 'norm_num_groups'],
  },
  'text_encoder/config.json': {
    parse: parseClipTextConfig,
    keys: ['hidden_size', 'hidden_act', 'num_attention_heads', 'max_position_embeddings', 'model_type'],
  },
  'image_encoder/config.json': {
    parse: parseClipVisionConfig,
    keys: ['hidden_size', 'patch_size', 'num_channels', 'vision_config'],
  },
  'projector/config.json': { parse: parseProjectorConfig, keys: ['input_dim', 'hidden_dims', 'activation'] },
  'scheduler_config.json': {
    parse: parseSchedulerConfig,
    keys: ['beta_start', 'beta_schedule', 'prediction_type', 'num_train_timesteps', 'trained_betas'],
  },
} as const;

describe.each(Object.entries(configs))('a value that %s may not have', (_, { parse, keys }) => {
  it.each(keys)('is told in our words: %s', async (key) => {
    let refused = 0;
    for (const value of wrong) {
      try {
        parse({ [key]: value });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PinwordError);
        expectOurs(toErrorData(thrown));
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0);
    for (const whole of wrong.filter((value) => value !== null))
      await thrownBy(() => parse(whole)).then(expectOurs, () => undefined);
  });
});

describe('what a schema finds wrong', () => {
  it.each([
    [z.object({ a: z.number() }), { a: 'x' }, 'a', '"x"', 'it must be a number'],
    [z.object({ a: z.int() }), { a: 1.5 }, 'a', '1.5', 'it must be a whole number'],
    [z.object({ a: z.array(z.object({ b: z.string() })) }), { a: [{}] }, 'a.0.b', 'absent', 'it must be text'],
    [z.object({ a: z.number().min(2) }), { a: 1 }, 'a', '1', 'it must be at least 2'],
    [z.object({ a: z.number().lt(1) }), { a: 1 }, 'a', '1', 'it must be less than 1'],
    [z.object({ a: z.array(z.number()).min(2) }), { a: [1] }, 'a', '[1]', 'it must have at least 2 entries'],
    [z.object({ a: z.enum(['b', 'c']) }), { a: 'd' }, 'a', '"d"', 'it must be one of "b", "c"'],
    [z.object({ a: z.literal(77) }), { a: 5 }, 'a', '5', 'it must be 77'],
    [z.object({ a: z.union([z.string(), z.number()]) }), { a: [] }, 'a', '[]', 'it has an unknown form'],
    [z.object({}), 7, '', '7', 'it must be a group of named values'],
  ])('is named with its value: %#', (schema, data, key, found, expected) => {
    const { error } = schema.safeParse(data);
    if (error === undefined) throw new Error('accepted');
    expect(whatIsWrong(error, data)).toEqual({ key, found, expected });
  });
});

it.each(['', '{', '<!doctype html>', '{"a":1,}', '[1 2]', 'undefined', '"\u0001"'])(
  'a file that is no JSON is told in our words: %j',
  async (text) => {
    const data = await thrownBy(() => parseJson(blobSource('model_index.json', new Blob([text]))));
    expect(data.code).toBe('bad-json');
    expect(data.message).toContain('model_index.json');
    expectOurs(data);
  },
);
