import { expect, it } from 'vitest';

import { PinwordError } from '../../errors.ts';
import { parseUNetConfig } from '../../graph/config/unet-config.ts';
import { refuseWithoutLayers } from './encode-details.ts';

it('a network without late self-attentions is refused by name, with what to do', () => {
  const check = (config: unknown) => () => {
    refuseWithoutLayers({ unetConfig: parseUNetConfig(config), summary: { name: 'tiny' } });
  };
  expect(check({})).not.toThrow();
  expect(check({ only_cross_attention: true })).toThrow(PinwordError);
  expect(check({ only_cross_attention: true })).toThrow(/network of tiny .* Switch “Copy fine detail” off\.$/u);
});
