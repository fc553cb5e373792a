import type { StepRun } from '../../../entities';

export function stepRun(step: string, values: Partial<StepRun> = {}): StepRun {
  return {
    step,
    point: '',
    state: 'waiting',
    why: '',
    run_id: '',
    attempt: 1,
    cell: 0,
    cells: 0,
    started: null,
    ended: null,
    error: null,
    metrics: {},
    parameters: {},
    outputs: {},
    selected: false,
    ...values
  };
}
