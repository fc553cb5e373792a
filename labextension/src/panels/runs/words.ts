import type { TranslationBundle } from '@jupyterlab/translation';

import type { Run, RunKind, RunProgress } from '../../entities';

/** How a run came about, in words. */
export function kindText(kind: RunKind, trans: TranslationBundle): string {
  const words: Readonly<Record<RunKind, string>> = {
    headless: trans.__('headless'),
    session: trans.__('session'),
    cell: trans.__('cell'),
    pipeline: trans.__('pipeline'),
    predict: trans.__('predict'),
    check: trans.__('check'),
    replay: trans.__('replay'),
    user: trans.__('MLflow run'),
    ledger: trans.__('ledger'),
    monitor: trans.__('monitor'),
    dataset: trans.__('dataset')
  };
  return words[kind] ?? kind;
}

/** Whether somebody ended it, which is no error of its own. */
export function wasCancelled({ status, error }: Pick<Run, 'status' | 'error'>): boolean {
  return status === 'KILLED' && /^SIG(TERM|INT)$/.test(error ?? '');
}

/** How far a run is, in words. */
export function progressText(progress: RunProgress, trans: TranslationBundle): string {
  const { done, cells, cell, step, pipeline } = progress;
  const far = !cells
    ? trans._n('%1 cell so far', '%1 cells so far', done)
    : pipeline
      ? trans.__('%1 of %2 steps', done, cells)
      : cell
        ? trans.__('cell %1 of %2', cell, cells)
        : trans.__('%1 of %2 cells', done, cells);
  return step ? `${step}: ${far}` : far;
}
