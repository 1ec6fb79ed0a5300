import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, mutate, mutations } from '../../testing/files/fuzz.ts';
import { type JsonBounds, parseForeignJson, plainJson } from './foreign-json.ts';

const options = { numRuns: cases };
const bounds: JsonBounds = { maxDepth: 100, maxValues: 100_000, refusesRepeatedKeys: false };

describe('foreign JSON', () => {
  it('agrees with JSON.parse on sound text and refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), mutations, fc.boolean(), (json, mutation, sound) => {
        const text = sound ? json : Buffer.from(mutate(Buffer.from(json), mutation)).toString();
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parseForeignJson(text, bounds)).toThrow(SyntaxError);
          return;
        }
        try {
          expect(plainJson(parseForeignJson(text, bounds))).toEqual(expected);
        } catch (error) {
          if (!(error instanceof SyntaxError && error.message.includes('too long'))) throw error;
        }
      }),
      options,
    );
  });
});
