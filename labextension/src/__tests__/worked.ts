import type { Work } from '../entities';

/** A work that goes on, but for what is said of it. */
export function workOf(values: Partial<Work> = {}): Work {
  return {
    id: 'w1',
    verb: 'gates',
    subject: 'churn@2',
    folder: '',
    state: 'running',
    run_id: null,
    said: '',
    began: '2026-01-01T00:00:00Z',
    ended: null,
    kind: '',
    result: null,
    problem: '',
    hint: '',
    exit_code: 0,
    ...values
  };
}
