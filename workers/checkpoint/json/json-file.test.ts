import { describe, expect, it } from 'vitest';
import { memorySource } from '../../testing/reference/formats-reference.ts';
import { parseForeignJson } from './foreign-json.ts';
import { parseJson, parseJsonText } from './json-file.ts';

const parse = (text: string | Uint8Array<ArrayBuffer>): Promise<unknown> =>
  parseJson(memorySource('scheduler/scheduler_config.json', text));

describe('JSON files of a repository', () => {
  it("reads what Python's json module writes for numbers that are not finite", async () => {
    const text = '{"lambda_min_clipped": -Infinity, "beta_start": 0.00085, "list": [NaN, Infinity, -1e3]}';
    expect(await parse(text)).toEqual({
      lambda_min_clipped: -Infinity,
      beta_start: 0.00085,
      list: [Number.NaN, Infinity, -1000],
    });
  });

  it('takes the last of a key given twice, as Python does, and "__proto__" as a key', async () => {
    expect(await parse('{"a": 1, "a": 2}')).toEqual({ a: 2 });
    const value = await parse('{"__proto__": {"polluted": true}}');
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('reads every kind of value, whatever space lies between', async () => {
    expect(await parse('[\n\t{"a": [{"b" :\r\n1}]} ]')).toEqual([{ a: [{ b: 1 }] }]);
    expect(await parse(' [true,false , null,-0.5e-1,"\\u00e9\\"" ] ')).toEqual([true, false, null, -0.05, 'é"']);
  });

  it('drops the byte order mark that Windows editors write', async () => {
    expect(await parse('\uFEFF{"a": 1}')).toEqual({ a: 1 });
  });

  it.each([
    ['nesting', '['.repeat(1_000_000), /nesting is deeper than 32/],
    ['more values than memory should hold', `[${'[],'.repeat(1_000_000)}0]`, /more than 1000000 values/],
    ['words that Python does not know either', '[nan]', /malformed|missing/],
    ['-Infinit', '[-Infinit]', /malformed/],
    ['half of an object', '{"a": ', /a value is missing/],
    ['a web page', '<!doctype html>', /a value is missing/],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), /not UTF-8/],
  ])('refuses %s with a sentence that names the file', async (_, text, words) => {
    const error: unknown = await parse(text).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'bad-json',
      message: expect.stringMatching(/^scheduler\/scheduler_config\.json is /) as string,
    });
    expect(error).toMatchObject({ message: expect.stringMatching(words) as string });
  });

  it('refuses a file of more than 32 MiB before it reads it', async () => {
    const read = () => Promise.resolve(new Uint8Array(Buffer.from('7')));
    expect(await parseJson({ name: 'config.json', size: 33_554_432, read })).toBe(7);
    await expect(parseJson({ name: 'config.json', size: 33_554_433, read })).rejects.toMatchObject({
      code: 'bad-json',
      message: expect.stringContaining(
        'config.json is too large for a JSON file of a model (33554433 bytes)',
      ) as string,
    });
  });

  it('throws a SyntaxError for text that is no file', () => {
    expect(() => parseJsonText('{')).toThrow(SyntaxError);
  });
});

describe('bounds of foreign JSON', () => {
  const bounds = { maxDepth: 2, maxValues: 5, refusesRepeatedKeys: true };

  it.each([
    ['[[1],2]', true],
    ['[[[1]]]', false],
    ['[1,2,3,4]', true],
    ['[1,2,3,4,5]', false],
    ['{"a":{"b":1}}', true],
    ['{"a":{"b":{}}}', false],
    ['{"a":1,"b":1}', true],
    ['{"a":1,"a":1}', false],
    ['1'.repeat(63), true],
    ['1'.repeat(64), false],
  ])('%s is within them: %s', (text, isWithin) => {
    const parse = () => parseForeignJson(text, bounds);
    if (isWithin) expect(parse).not.toThrow();
    else expect(parse).toThrow(SyntaxError);
  });

  it('say where a text breaks them, or its rules', () => {
    expect(() => parseForeignJson('[1, x]', bounds)).toThrow('a value is missing (at character 4)');
    expect(() => parseForeignJson('{"a" 1}', bounds)).toThrow('":" is missing (at character 5)');
    expect(() => parseForeignJson('"\\x"', bounds)).toThrow('a string holds a malformed escape');
    expect(() => parseForeignJson('"a\nb"', bounds)).toThrow('a string does not end');
    expect(() => parseForeignJson('"abc', bounds)).toThrow('a string does not end (at character 0)');
    expect(() => parseForeignJson('{a":1}', bounds)).toThrow('a quoted string is missing (at character 1)');
  });

  it('tell of a long key its beginning', () => {
    const key = 'k'.repeat(300);
    expect(() => parseForeignJson(`{"${key}":1,"${key}":2}`, bounds)).toThrow(`the key "${'k'.repeat(200)}" is given`);
  });
});
