import { ALL, filtersOf, isNarrowed, orderBy, orderFrom, orderText, queryOf } from '../filters';

it('asks for all in the order of the store', () => {
  expect(queryOf(ALL, 50)).toEqual({
    search: '',
    status: [],
    kind: [],
    experiment: null,
    order_by: null,
    metric: null,
    limit: 50,
    cursor: null
  });
});

it('draws the metric that the runs are ordered by', () => {
  const order = { by: 'metric', metric: 'f1 score', descending: true } as const;
  expect(queryOf({ ...ALL, order }, 50)).toMatchObject({
    metric: 'f1 score',
    order_by: 'metrics.`f1 score` DESC'
  });
  expect(queryOf({ ...ALL, order, metric: 'loss' }, 50).metric).toBe('loss');
});

it('quotes a metric whatever its name is', () => {
  expect(orderBy({ by: 'metric', metric: 'a`b', descending: false })).toBe('metrics."a`b" ASC');
});

it.each(['loss', 'f1 score', ''])('an order by %p comes back from its text', metric => {
  const order = { by: 'metric', metric, descending: false } as const;
  expect(orderFrom(orderText(order))).toEqual(order);
});

it('counts what keeps runs out', () => {
  expect(isNarrowed(ALL)).toBe(false);
  expect(isNarrowed({ ...ALL, search: '  ' })).toBe(false);
  expect(filtersOf({ ...ALL, status: ['FAILED'], experiment: 'churn' })).toBe(2);
});
