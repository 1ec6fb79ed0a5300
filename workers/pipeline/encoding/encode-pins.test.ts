import { expect, it } from 'vitest';

import { encodeSubjects } from './encode-pins.ts';

it('a picture for a model that encodes none is refused with what to choose, not as if no model were loaded', async () => {
  const model = {
    subjectEncoder: null,
    lookEncoder: null,
    summary: { name: 'someone/model' },
    unifiedEncoder: { dimension: 4 },
  };
  await expect(
    encodeSubjects(model, [{ kind: 'picture', image: new Blob(), hash: '', region: null }]),
  ).rejects.toMatchObject({
    code: 'no-image-encoder',
    message: expect.stringContaining('someone/model cannot take pictures') as string,
  });
});
