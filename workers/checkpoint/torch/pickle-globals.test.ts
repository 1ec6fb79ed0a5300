import { describe, expect, it } from 'vitest';

import { findGlobal } from './pickle-globals.ts';
import { PickleRefusal } from './pickle-values.ts';

describe('the names in a pickle', () => {
  it.each([
    ['pytorch_lightning.callbacks.model_checkpoint', ['ModelCheckpoint']],
    ['pytorch_lightning.utilities.parsing', ['AttributeDict']],
    ['numpy.core.multiarray', ['scalar', '_reconstruct']],
    ['numpy._core.multiarray', ['scalar', '_reconstruct']],
    ['numpy', ['dtype', 'ndarray']],
    ['_codecs', ['encode']],
    ['collections', ['defaultdict']],
    ['argparse', ['Namespace']],
    ['omegaconf.dictconfig', ['DictConfig']],
    ['omegaconf.listconfig', ['ListConfig']],
    ['omegaconf.nodes', ['AnyNode']],
    ['omegaconf.base', ['ContainerMetadata', 'Metadata']],
    ['typing', ['Any']],
    ['builtins', ['dict', 'list', 'int', 'float', 'str', 'bool']],
    ['__builtin__', ['dict', 'list', 'int', 'long', 'float', 'unicode']],
    ['torch', ['device']],
  ])('that training programs leave are passed over: %s of %j', (module, names) => {
    for (const name of names) expect(findGlobal(module, name)).toEqual({ kind: 'opaque' });
  });

  it.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['', ''],
    ['__proto__', 'constructor'],
  ])('that no tensor needs are refused: %s %s', (module, name) => {
    expect(() => findGlobal(module, name)).toThrow(PickleRefusal);
  });

  it('are cut where they are told', () => {
    const told = JSON.stringify('m'.repeat(200));
    expect(() => findGlobal('m'.repeat(300), 'n')).toThrow(told);
  });
});
