import type { TranslationBundle } from '@jupyterlab/translation';

import type { RunKind } from '../../entities';

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
    user: trans.__("the notebook's own"),
    ledger: trans.__('ledger'),
    monitor: trans.__('monitor'),
    dataset: trans.__('dataset')
  };
  return words[kind] ?? kind;
}
