import { describe, expect, it } from 'vitest';
import { describeStored, sourceOfStored } from './stored.ts';

const file = { path: 'unet', precision: 'f16', written: 1e9, size: 2e9 } as const;
const stored = {
  id: 'hub:https://huggingface.co/a/b@abc',
  name: 'a/b',
  licence: 'mit',
  bytes: 1e9,
  complete: false,
  lastUsed: 0,
  checked: 0,
  files: [file],
};

describe('a stored model', () => {
  it('can be loaded again from where it came', () => {
    expect(sourceOfStored(stored)).toEqual({
      kind: 'hub',
      endpoint: 'https://huggingface.co',
      repo: 'a/b',
      revision: 'abc',
    });
    expect(sourceOfStored({ id: 'url:https://example.org/m' })).toEqual({
      kind: 'url',
      baseUrl: 'https://example.org/m/',
    });
    expect(sourceOfStored({ id: 'something else' })).toBeNull();
  });

  it('says how much of it is there', () => {
    expect(describeStored(stored)).toBe('1.0 GB of 2.0 GB, download interrupted, 16-bit, licence mit, version abc');
    expect(describeStored({ ...stored, id: `hub:https://huggingface.co/a/b@${'0123456789'.repeat(4)}` })).toMatch(
      /version 0123456$/,
    );
    expect(describeStored({ ...stored, complete: true, bytes: 2e9, licence: null })).toBe(
      '2.0 GB, 16-bit, licence not stated, version abc',
    );
  });
});
