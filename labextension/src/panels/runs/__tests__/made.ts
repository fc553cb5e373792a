import type { Run, RunDetails, RunPage, RunRow } from '../../../entities';

/** A run for a test. */
export function run(id: string, change: Partial<Run> = {}): Run {
  return {
    run_id: id,
    name: `run ${id}`,
    experiment: 'churn',
    status: 'FINISHED',
    kind: 'headless',
    started: '2026-05-01T12:00:00Z',
    ended: '2026-05-01T12:00:10Z',
    notebook: 'train.ipynb',
    parameters: {},
    metrics: {},
    tags: {},
    parent: null,
    replaces: null,
    schedule: null,
    error: null,
    peak_memory: null,
    models: [],
    exit_code: 0,
    ...change
  };
}

/** All that is known of a run of that kind. */
export function detailsOf(change: Partial<Run> = {}, more: Partial<RunDetails> = {}): RunDetails {
  return {
    ...{ run: run('a', change), parameters: [], datasets: [], cells: [], provenance: null },
    ...{ artifacts: [], artifact_uri: '', outputs: [], damaged: [], order: [], freed: '' },
    ...{ replay: null, replay_of: null },
    ...more
  };
}

export function row(id: string, change: Partial<Run> = {}): RunRow {
  return { run: run(id, change), spark: null, progress: null };
}

export function page(ids: readonly string[], next: string | null = null): RunPage {
  return {
    rows: ids.map(id => row(id)),
    next,
    total: null,
    experiments: [],
    metrics: [],
    note: ''
  };
}
