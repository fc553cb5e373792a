import type { RunKind, RunStatus, paths } from '../../entities';

/** The words of a request for runs. */
export type RunQuery = NonNullable<paths['/runs']['get']['parameters']['query']>;

export const STATUSES: readonly RunStatus[] = [
  'RUNNING',
  'SCHEDULED',
  'FINISHED',
  'FAILED',
  'KILLED'
];

/** Those that a person starts; what only keeps records is not among them. */
export const KINDS: readonly RunKind[] = [
  'headless',
  'session',
  'cell',
  'pipeline',
  'replay',
  'check',
  'predict',
  'user'
];

/** How runs are ordered: by their start, or by a metric. */
export interface IOrder {
  readonly by: 'start' | 'metric';
  readonly metric: string;
  readonly descending: boolean;
}

/** What a person asks for. */
export interface IRunFilters {
  readonly search: string;
  readonly status: readonly RunStatus[];
  readonly kind: readonly RunKind[];
  readonly experiment: string;
  readonly order: IOrder;
  /** The metric to draw; '' for the first that a run has. */
  readonly metric: string;
}

export const NEWEST: IOrder = { by: 'start', metric: '', descending: true };

export const ALL: IRunFilters = {
  search: '',
  status: [],
  kind: [],
  experiment: '',
  order: NEWEST,
  metric: ''
};

/** How many filters, beside the search, keep runs out. */
export function filtersOf(filters: IRunFilters): number {
  return (
    Number(filters.status.length > 0) +
    Number(filters.kind.length > 0) +
    Number(filters.experiment !== '')
  );
}

/** Whether anything keeps runs out. */
export function isNarrowed(filters: IRunFilters): boolean {
  return filters.search.trim() !== '' || filtersOf(filters) > 0;
}

/** The words of a request. */
export function queryOf(
  filters: IRunFilters,
  limit: number,
  cursor: string | null = null
): RunQuery {
  const metric = filters.metric || (filters.order.by === 'metric' ? filters.order.metric : '');
  return {
    search: filters.search.trim(),
    status: [...filters.status],
    kind: [...filters.kind],
    experiment: filters.experiment || null,
    order_by: orderBy(filters.order),
    metric: metric || null,
    limit,
    cursor
  };
}

/** In MLflow's words; null for the order that a store has by itself. */
export function orderBy({ by, metric, descending }: IOrder): string | null {
  const way = descending ? 'DESC' : 'ASC';
  if (by === 'start') {
    return descending ? null : `attributes.start_time ${way}`;
  }
  const quote = metric.includes('`') ? '"' : '`';
  return `metrics.${quote}${metric}${quote} ${way}`;
}

/** The value of an option, and the order that it stands for. */
export function orderText({ by, metric, descending }: IOrder): string {
  return `${descending ? 'down' : 'up'} ${by} ${metric}`;
}

export function orderFrom(text: string): IOrder {
  const [way, by, ...metric] = text.split(' ');
  return {
    by: by === 'metric' ? 'metric' : 'start',
    metric: metric.join(' '),
    descending: way === 'down'
  };
}
