import type { TranslationBundle } from '@jupyterlab/translation';

import type { AnyStatus } from '../../components';
import type { Schedule, ScheduleState, Slot } from '../../entities';

/** What became of a slot: how its run ended, where it ran. */
export function statusOf(slot: Slot): AnyStatus {
  return slot.status === 'ran' && slot.outcome ? slot.outcome : slot.status;
}

/** Why there is a slot. */
export function kindText({ kind, requester }: Slot, trans: TranslationBundle): string {
  const words: Readonly<Record<Slot['kind'], string>> = {
    time: trans.__('it was time'),
    trigger: trans.__('its trigger'),
    manual: requester ? trans.__('run now, by %1', requester) : trans.__('run now'),
    backfill: requester ? trans.__('backfill, by %1', requester) : trans.__('backfill'),
    retrain: trans.__('a breach')
  };
  return words[kind] ?? kind;
}

/** When there will be a slot, where no time is known. */
export function noTimeText({ schedule, name }: ScheduleState, trans: TranslationBundle): string {
  const timed = schedule ? schedule.cron !== null || schedule.every !== null : false;
  if (timed) {
    return trans.__('never again');
  }
  if (name.startsWith('retrain:')) {
    return trans.__('on a breach');
  }
  return trans.__('as soon as that happens');
}

/** The cron line that the words of a schedule stand for; '' where there is none. */
export function writtenIn(schedule: Schedule | null): string {
  return schedule?.cron ?? '';
}

/** The monitor that a schedule looks for; null where it does something else. */
export function monitorOf({ name, schedule }: ScheduleState): string | null {
  return schedule === null && name.startsWith('monitor:') ? name.slice('monitor:'.length) : null;
}
