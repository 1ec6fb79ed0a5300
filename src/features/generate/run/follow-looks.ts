import type { EngineApi, PinStrengths } from '../../../../workers/api.ts';
import { latestOnly } from '../../../storage/latest-only.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { runStore } from './controller.ts';
import { currentStrengths } from './look-strengths.ts';
import { isActive } from './run-state.ts';

/** Sends the strengths of looks and details to a picture that is forming whenever they change. */
export function followStrengths(engine: Pick<EngineApi, 'setPinStrengths'>): void {
  const send = latestOnly((strengths: PinStrengths) => engine.setPinStrengths(strengths));
  let sent = '';
  composeStore.subscribe(() => {
    const { run } = runStore.getState();
    if (!isActive(run) || !run.isLive || run.pins.length === 0) return;
    const strengths = currentStrengths(run.pins);
    const text = JSON.stringify([run.pins, strengths]);
    if (text === sent) return;
    sent = text;
    send(strengths);
  });
}
