import type { SchedulerStatus, ScheduleState } from '../../entities';

export const SHOWN = ['all', 'active', 'paused', 'late', 'failed'] as const;

/** Which schedules are looked for, and in which order. */
export interface IFinding {
  /** A part of the name, of what runs, or of when. */
  readonly search: string;
  readonly show: (typeof SHOWN)[number];
  readonly order: 'declared' | 'next';
}

export const EVERY: IFinding = { search: '', show: 'all', order: 'declared' };

/** Those that are looked for; as declared they stay as they came. */
export function found(
  states: readonly ScheduleState[],
  late: SchedulerStatus['late'],
  { search, show, order }: IFinding
): ScheduleState[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const isLate = new Set(late.map(slot => slot.schedule));
  const isShown: Readonly<Record<IFinding['show'], (state: ScheduleState) => boolean>> = {
    all: () => true,
    active: ({ paused }) => !paused,
    paused: ({ paused }) => Boolean(paused),
    late: ({ name }) => isLate.has(name),
    failed: ({ last }) => last?.outcome === 'FAILED' || last?.outcome === 'KILLED'
  };
  const those = states.filter(state => {
    const text = [state.name, state.target, state.when].join(' ').toLowerCase();
    return isShown[show](state) && words.every(word => text.includes(word));
  });
  return order === 'declared' ? those : those.sort((a, b) => dueOf(a) - dueOf(b));
}

/** When it is due, in milliseconds; never comes last. */
function dueOf({ next, paused }: ScheduleState): number {
  return next && !paused ? Date.parse(next) : Infinity;
}
