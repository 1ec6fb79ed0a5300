/** Strengths of pins that move while a picture forms: pins may be changed, moved and taken away meanwhile. */
import type { Pin, PinStrengths } from '../../../../workers/api.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { detailOf, lookOf, type WordPin } from '../../compose/pins/pins.ts';

type Voices = Pick<WordPin, 'look' | 'detail'>;

/**
 * The strengths that are set by now, of the pins that a run was asked with: 0 of a voice that is off, or was when the run
 * began. A pin that is gone keeps its own.
 */
export function currentStrengths(asked: readonly WordPin[]): PinStrengths {
  const { pins, waiting } = composeStore.getState();
  const present = [...pins, ...waiting.map(({ pin }) => pin)];
  const current = (voiceOf: (pin: Voices) => { readonly on: boolean; readonly strength: number }): readonly number[] =>
    asked.map((pin) => {
      const { on, strength } = voiceOf(present.find(({ hue }) => hue === pin.hue) ?? pin);
      return on && voiceOf(pin).on ? strength : 0;
    });
  return { look: current(lookOf), detail: current(detailOf) };
}

/** Pins of a request, as they are to begin. */
export function withStrengths(pins: readonly Pin[], strengths: PinStrengths): readonly Pin[] {
  return pins.map((pin, index) => ({
    ...pin,
    look: pin.look.on ? { ...pin.look, strength: strengths.look[index] ?? pin.look.strength } : pin.look,
    ...(pin.detail === undefined ? {} : { detail: { strength: strengths.detail[index] ?? pin.detail.strength } }),
  }));
}
