import { describe, expect, it } from 'vitest';

import { pickleBytes as bytes, pickledStorage, pickledText as text } from '../../testing/files/pickle-text.ts';
import { readPickle } from './pickle-machine.ts';
import { isPickleTensor, PickleRefusal, PickleTruncation, type PickleValue } from './pickle-values.ts';

const valueOf = (pickle: string): PickleValue => readPickle(bytes(pickle)).value;

describe('pickle instructions', () => {
  it.each<readonly [string, PickleValue, string]>([
    ['None', null, 'N.'],
    ['True', true, '\x88.'],
    ['False', false, '\x89.'],
    ['a byte', 255, 'K\xff.'],
    ['two bytes', 0xfffe, 'M\xfe\xff.'],
    ['four bytes', -2, 'J\xfe\xff\xff\xff.'],
    ['a long without bytes', 0, '\x8a\x00.'],
    ['a negative long', -1, '\x8a\x01\xff.'],
    ['a long of nine bytes', 2 ** 40, '\x8a\x09\x00\x00\x00\x00\x00\x01\x00\x00\x00.'],
    ['a float, big-endian', 0.5, 'G\x3f\xe0\x00\x00\x00\x00\x00\x00.'],
    ['text of four bytes of length', 'é', 'X\x02\x00\x00\x00\xc3\xa9.'],
    ['text of one', 'ab', '\x8c\x02ab.'],
    ['text of eight', 'ab', '\x8d\x02\x00\x00\x00\x00\x00\x00\x00ab.'],
    ['a string of four', 'ab', 'T\x02\x00\x00\x00ab.'],
    ['a string of one', 'ab', 'U\x02ab.'],
    ['an empty tuple', [], ').'],
    ['a tuple of one', [1], 'K\x01\x85.'],
    ['a tuple of two', [1, 2], 'K\x01K\x02\x86.'],
    ['a tuple of three', [1, 2, 3], 'K\x01K\x02K\x03\x87.'],
    ['a tuple from a mark', [1, 2, 3, 4], '(K\x01K\x02K\x03K\x04t.'],
    ['a frozenset', [1, 2], '(K\x01K\x02\x91.'],
    ['a list that is appended to', [7], ']K\x07a.'],
    ['a list that is extended', [7, 8], '](K\x07K\x08e.'],
    ['a set', [7], '\x8f(K\x07\x90.'],
    ['a dict', new Map([['a', 1]]), `}${text('a')}K\x01s.`],
    [
      'a dict from a mark',
      new Map<string | number, PickleValue>([
        [3, 1],
        ['b', null],
      ]),
      `}(K\x03K\x01${text('b')}Nu.`,
    ],
    ['what the memo has by a byte', [5, 5], 'K\x05q\x07h\x07\x86.'],
    ['what the memo has by four', [5, 5], 'K\x05r\x07\x00\x00\x00j\x07\x00\x00\x00\x86.'],
    ['what was memoized in order', [5, 6, 5, 6], '(K\x05\x94K\x06\x94h\x00h\x01t.'],
    ['a protocol and a frame', 1, '\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01.'],
    ['nested marks', [1, [2, 3], 4], '(K\x01(K\x02K\x03tK\x04t.'],
    ['a Size', [2, 3], 'ctorch\nSize\nK\x02K\x03\x86\x85R.'],
    ['an OrderedDict of pairs', new Map([['a', 1]]), `ccollections\nOrderedDict\n]${text('a')}K\x01\x86a\x85R.`],
    ['an OrderedDict of nothing', new Map(), 'ccollections\nOrderedDict\n)R.'],
    ['an OrderedDict keyed by a number', new Map([[1, 2]]), 'ccollections\nOrderedDict\n]K\x01K\x02\x86a\x85R.'],
    ...['__builtin__\nset', 'builtins\nset', 'builtins\nfrozenset'].flatMap(
      (name): (readonly [string, PickleValue, string])[] => [
        [`a ${name} of a list`, [1], `c${name}\n]K\x01a\x85R.`],
        [`a ${name} of nothing`, [], `c${name}\n)R.`],
      ],
    ),
  ])('give %s', (_, expected, pickle) => {
    expect(valueOf(pickle)).toEqual(expected);
  });

  it('pass over bytes, and what training programs leave', () => {
    const opaque = { kind: 'opaque' };
    for (const parts of ['C\x02ab.', 'B\x02\x00\x00\x00ab.', '\x8e\x02\x00\x00\x00\x00\x00\x00\x00ab.'])
      expect(valueOf(parts)).toEqual(opaque);
    expect(valueOf('cnumpy\ndtype\nK\x01\x85R.')).toEqual(opaque);
    expect(valueOf('cargparse\nNamespace\n)R}K\x01K\x02sb.')).toEqual(opaque);
    expect(valueOf('cargparse\nNamespace\n)RK\x01a.')).toEqual(opaque);
    expect(valueOf(`}cnumpy\ndtype\n)RK\x01s${text('a')}K\x02s.`)).toEqual(new Map([['a', 2]]));
  });

  it('say where they end', () => {
    expect(readPickle(bytes('XXK\x01.K\x02.'), 2)).toMatchObject({ value: 1, end: 5 });
    expect(readPickle(bytes('XXK\x01.K\x02.'), 5)).toMatchObject({ value: 2, end: 8 });
  });

  it.each([
    ['ends in the middle of a number', 'J\x01\x00', PickleTruncation],
    ['ends in a text', 'X\x05\x00\x00\x00ab', PickleTruncation],
    ['claims a text of 2^60 bytes', '\x8d\x00\x00\x00\x00\x00\x00\x00\x10ab.', PickleTruncation],
    ['has a name without an end', 'ctorch', PickleTruncation],
    ['has a name of 1000 letters, which is no known one', `c${'a'.repeat(1000)}\nb\n.`, PickleRefusal],
    ['has a name of 1001 letters', `c${'a'.repeat(1001)}\nb\n.`, PickleTruncation],
    ['sets half an item', '}(K\x01u.', PickleRefusal],
    ['sets an item of a list', ']K\x01K\x02s.', PickleRefusal],
    ['appends to a dict', '}K\x01a.', PickleRefusal],
    ['names something by numbers', 'K\x01K\x02\x93.', PickleRefusal],
    ['names its module by a list that reads like one', `]${text('torch')}a${text('Size')}\x93.`, PickleRefusal],
    ['names something by a list that reads like it', `${text('torch')}]${text('Size')}a\x93.`, PickleRefusal],
    ['puts into a tuple what its memo lacks', 'h\x05\x85.', PickleRefusal],
    ['gives a list a state', ']}b.', PickleRefusal],
    ['gives a dict a number as a state', '}K\x01b.', PickleRefusal],
    ['calls with a number', 'ctorch\nSize\nK\x01R.', PickleRefusal],
    ['calls None', 'N)R.', PickleRefusal],
    ['makes an OrderedDict of a number', 'ccollections\nOrderedDict\nK\x01\x85R.', PickleRefusal],
    ['makes an OrderedDict of no pairs', 'ccollections\nOrderedDict\n]Na\x85R.', PickleRefusal],
    ['makes a parameter of a number', 'ctorch._utils\n_rebuild_parameter\nK\x01\x85R.', PickleRefusal],
    ['takes two of one', 'K\x01\x86.', PickleRefusal],
  ])('are refused where a pickle %s', (_, pickle, kind) => {
    expect(() => valueOf(pickle)).toThrow(kind);
  });
});

describe('an object with a state', () => {
  const dict = `}${text('w')}K\x01s`;
  const modules = `${text('training')}\x88s`;

  it('is a ParameterDict, whose parameters are its content', () => {
    const parameters = 'ctorch.nn.modules.container\nParameterDict\n)R';
    expect(valueOf(`${parameters}}${modules}${text('_parameters')}${dict}sb.`)).toEqual(new Map([['w', 1]]));
    const alone = valueOf(`${parameters}}${modules}${text('_parameters')}}s${text('w')}K\x02sb.`);
    expect(alone instanceof Map && alone.get('w')).toBe(2);
  });

  it('or an OrderedDict, whose attributes are dropped', () => {
    const filled = `ccollections\nOrderedDict\n)R${text('w')}K\x01s`;
    expect(valueOf(`${filled}}${text('_metadata')}}sb.`)).toEqual(new Map([['w', 1]]));
    expect(valueOf(`ccollections\nOrderedDict\n)R}${text('_metadata')}}sb.`)).toEqual(new Map());
    expect(valueOf(`${filled}}${modules}b.`)).toEqual(new Map([['w', 1]]));
  });
});

/** A tensor of 2 × 3 on storage "7" of 6 numbers. */
function tensor(type: string, rebuild = '_rebuild_tensor_v2', more = ''): string {
  const id = pickledStorage(`c${type}`, '7', 6);
  return `ctorch._utils\n${rebuild}\n(${id}K\x00K\x02K\x03\x86K\x03K\x01\x86\x89N${more}tR.`;
}

describe('tensors', () => {
  it.each([
    ['Double', 'F64'],
    ['Float', 'F32'],
    ['Half', 'F16'],
    ['BFloat16', 'BF16'],
    ['Long', 'I64'],
    ['Int', 'I32'],
    ['Short', 'I16'],
    ['Char', 'I8'],
    ['Byte', 'U8'],
    ['Bool', 'BOOL'],
    ['ComplexFloat', 'C64'],
  ])('on a %sStorage are of the type %s', (name, dtype) => {
    const { value, storages } = readPickle(bytes(tensor(`torch\n${name}Storage\n`)));
    expect(value).toMatchObject({ kind: 'tensor', dtype, elementOffset: 0, shape: [2, 3], strides: [3, 1] });
    expect([...storages]).toEqual([['7', { kind: 'storage', dtype, key: '7', count: 6 }]]);
    expect(readPickle(bytes(tensor(`torch\n${name}Storage\n`, '_rebuild_tensor'))).value).toEqual(value);
  });

  it.each([
    ['float8_e4m3fn', 'F8_E4M3'],
    ['float8_e5m2', 'F8_E5M2'],
    ['uint16', 'U16'],
    ['uint32', 'U32'],
    ['uint64', 'U64'],
    ['float32', 'F32'],
    ['float16', 'F16'],
    ['bfloat16', 'BF16'],
    ['float64', 'F64'],
  ])('of the type torch.%s on plain bytes are %s', (name, dtype) => {
    const pickle = tensor('torch.storage\nUntypedStorage\n', '_rebuild_tensor_v3', `ctorch\n${name}\n`);
    expect(valueOf(pickle)).toMatchObject({ kind: 'tensor', dtype, storage: { dtype: 'U8' } });
  });

  it('of a parameter are the parameter', () => {
    const inner = tensor('torch\nFloatStorage\n').slice(0, -1);
    for (const name of ['_rebuild_parameter', '_rebuild_parameter_with_state'])
      expect(isPickleTensor(valueOf(`ctorch._utils\n${name}\n(${inner}\x88NtR.`))).toBe(true);
  });

  it('keep nothing of a state that is given to them', () => {
    expect(isPickleTensor(valueOf(`${tensor('torch\nFloatStorage\n').slice(0, -1)}}b.`))).toBe(true);
  });

  const half = 'G\x3f\xe0\x00\x00\x00\x00\x00\x00';
  it.each([
    ['None for a type', tensor('torch.storage\nUntypedStorage\n', '_rebuild_tensor_v3', 'N')],
    ['no type', tensor('torch.storage\nUntypedStorage\n', '_rebuild_tensor_v3')],
    ['a type that is not known', tensor('torch.storage\nUntypedStorage\n', '_rebuild_tensor_v3', 'K\x01')],
    ['a negative offset', tensor('torch\nFloatStorage\n').replace('QK\x00', 'QJ\xff\xff\xff\xff')],
    ['fewer strides than extents', tensor('torch\nFloatStorage\n').replace('K\x03K\x01\x86', 'K\x03\x85')],
    ['half an offset', tensor('torch\nFloatStorage\n').replace('QK\x00', `Q${half}`)],
    ['half an extent', tensor('torch\nFloatStorage\n').replace('K\x02K\x03\x86', `${half}K\x03\x86`)],
    ['half a stride', tensor('torch\nFloatStorage\n').replace('K\x03K\x01\x86', `${half}K\x01\x86`)],
    ['a text as its shape', tensor('torch\nFloatStorage\n').replace('K\x02K\x03\x86', text('ab'))],
    ['a text as its strides', tensor('torch\nFloatStorage\n').replace('K\x03K\x01\x86', text('ab'))],
    ['no storage', tensor('torch\nFloatStorage\n').replace('tQ', 't')],
    ['a storage under another tag', tensor('torch\nFloatStorage\n').replace('storage\x63', 'storagf\x63')],
    ['a storage of a class that is none', tensor('torch\nSize\n')],
    ['a storage without a key', tensor('torch\nFloatStorage\n').replace(text('7'), 'K\x07')],
    ['a storage with a negative count', tensor('torch\nFloatStorage\n').replace('K\x06t', 'J\xff\xff\xff\xfft')],
    ['a view of a storage, as before torch 0.4', tensor('torch\nFloatStorage\n').replace('K\x06t', 'K\x06)t')],
  ])('are refused with %s', (_, pickle) => {
    expect(() => valueOf(pickle)).toThrow(PickleRefusal);
  });

  it('may have sixteen dimensions and not one more', () => {
    const flat = (count: number): string =>
      tensor('torch\nFloatStorage\n')
        .replace('K\x02K\x03\x86', `(${'K\x01'.repeat(count)}t`)
        .replace('K\x03K\x01\x86', `(${'K\x01'.repeat(count)}t`);
    expect(valueOf(flat(16))).toMatchObject({ kind: 'tensor' });
    expect(() => valueOf(flat(17))).toThrow(PickleRefusal);
  });
});
