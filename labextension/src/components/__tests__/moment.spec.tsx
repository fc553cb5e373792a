import { act, screen } from '@testing-library/react';

import { modelOf, shown, trans } from '../../__tests__/served';
import { Duration, Moment, relative, span } from '../moment';

const tongue = { trans, locale: 'en' };
const NOW = Date.parse('2026-03-01T12:00:00Z');

afterEach(() => jest.useRealTimers());

it.each([
  ['2026-03-01T12:00:03Z', 'now'],
  ['2026-03-01T11:59:30Z', '30 seconds ago'],
  ['2026-03-01T11:58:01Z', '1 minute ago'],
  ['2026-03-01T14:30:00Z', 'in 2 hours'],
  ['2026-02-28T11:00:00Z', 'yesterday'],
  ['2026-03-04T12:00:00Z', 'in 3 days'],
  ['2024-01-01T00:00:00Z', '2 years ago'],
  ['whenever', '']
])('tells %s from now as "%s"', (at, told) => {
  expect(relative(new Date(at), NOW, tongue)).toBe(told);
});

it.each([
  [0.84, '0.8 s'],
  [12.2, '12 s'],
  [59.7, '1 min 0 s'],
  [185, '3 min 5 s'],
  [7800, '2 h 10 min'],
  [90000, '1 d 1 h'],
  [-1, ''],
  [NaN, '']
])('tells %s seconds as "%s"', (seconds, told) => {
  expect(span(seconds, tongue)).toBe(told);
});

it('goes on telling as time passes', () => {
  jest.useFakeTimers({ now: NOW });
  const model = modelOf(() => undefined);
  const began = new Date(NOW - 20_000).toISOString();
  shown(
    model,
    <>
      <Moment at={began} />
      <Duration began={began} ended={null} />
    </>
  );
  expect(screen.getByText('20 seconds ago')).toHaveAttribute('datetime', began);
  act(() => jest.advanceTimersByTime(41_000));
  expect(screen.getByText('1 minute ago')).toBeVisible();
  expect(screen.getByText('1 min 1 s')).toBeVisible();
});
