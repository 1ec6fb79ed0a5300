import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cases, typed } from '../../testing/files/fuzz.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { findComponent } from './component-files.ts';
import { openFolder } from './folder-source.ts';

const shard = safetensorsFile('F16', { a: [4] });
const other = safetensorsFile('F16', { b: [2] });

describe('shard indexes', () => {
  it('of any kind give a typed error, or tensors inside their files', async () => {
    const name = fc.oneof(
      fc.constantFrom(
        'one.safetensors',
        'two.safetensors',
        '../unet/one.safetensors',
        '/etc/passwd',
        'one.bin',
        'none.safetensors',
      ),
      fc.string({ maxLength: 12 }),
    );
    const index = fc.oneof(
      fc.record({ weight_map: fc.dictionary(fc.string({ maxLength: 5 }), name) }).map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(index, async (text) => {
        const files = openFolder('m', [
          { path: 'unet/config.json', file: new Blob(['{}']) },
          { path: 'unet/diffusion_pytorch_model.safetensors.index.json', file: new Blob([text]) },
          { path: 'unet/one.safetensors', file: new Blob([shard]) },
          { path: 'unet/two.safetensors', file: new Blob([other]) },
        ]);
        const found = await typed(['bad-json', 'file-not-found', 'bad-safetensors', 'not-a-model-file'], () =>
          findComponent(files, 'unet'),
        );
        for (const { offset, length } of found?.table.values() ?? [])
          expect(offset + length).toBeLessThanOrEqual(found?.weights.size ?? 0);
      }),
      { numRuns: cases },
    );
  });
});
