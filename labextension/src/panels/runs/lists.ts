import type { IMLOps } from '../../tokens';
import { RunList } from './list';

const LISTS = new WeakMap<IMLOps, RunList>();

/** The one list of runs of the project that is worked on. */
export function runListOf(mlops: IMLOps): RunList {
  const known = LISTS.get(mlops);
  if (known) {
    return known;
  }
  const list = new RunList((query, signal) => mlops.get('/runs', { query, signal }));
  LISTS.set(mlops, list);
  mlops.projectChanged.connect(() => list.begin());
  mlops.progressChanged.connect(() => list.progress([...mlops.progress.values()]));
  mlops.topicsChanged.connect((_, topics) => {
    if (topics.includes('runs')) {
      list.later();
    }
  });
  return list;
}
