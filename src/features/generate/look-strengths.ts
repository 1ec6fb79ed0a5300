/** Strengths of looks that move while a picture forms: pins may be changed, moved and taken away meanwhile. */
import type { Pin } from '../../../workers/api.ts';
import { composeStore } from '../compose/compose-store.ts';
import { lookOf, type WordPin } from '../compose/pins.ts';

/**
 * The strengths that are set by now, of the pins that a run was asked with: 0 of a look that is off, or was when the run
 * began. A pin that is gone keeps its own.
 */
export function currentStrengths(asked: readonly WordPin[]): readonly number[] {
  const { pins, waiting } = composeStore.getState();
  const present = [...pins, ...waiting.map(({ pin }) => pin)];
  return asked.map((pin) => {
    const { on, strength } = lookOf(present.find(({ hue }) => hue === pin.hue) ?? pin);
    return on && lookOf(pin).on ? strength : 0;
  });
}

/** Pins of a request, as they are to begin. */
export function withStrengths(pins: readonly Pin[], strengths: readonly number[]): readonly Pin[] {
  return pins.map((pin, index) =>
    pin.look.on ? { ...pin, look: { ...pin.look, strength: strengths[index] ?? pin.look.strength } } : pin,
  );
}
