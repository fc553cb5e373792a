import { NOTHING, appended, mended, progressed, refreshed, type IListing } from '../listing';
import { page, row } from './made';

const idsOf = (listing: IListing): string => listing.rows.map(({ run }) => run.run_id).join('');
const listed = (ids: string, next: string | null): IListing =>
  appended(NOTHING, page([...ids], next));

it('reads page after page, each run once', () => {
  const found = appended(listed('abc', '1'), page(['c', 'd'], '2'));
  expect(idsOf(found)).toBe('abcd');
  expect(found.next).toBe('2');
});

it('keeps names to choose from where a later page has none', () => {
  const first = appended(NOTHING, { ...page(['a'], '1'), experiments: ['churn'], metrics: ['f1'] });
  expect(appended(first, page(['b']))).toMatchObject({ experiments: ['churn'], metrics: ['f1'] });
});

describe('a listing whose beginning is filters anew', () => {
  it('gets new runs at its head and keeps what was read beyond', () => {
    const found = refreshed(listed('abcdef', '6'), page(['x', 'a', 'b'], '3'));
    expect(idsOf(found)).toBe('xabcdef');
    expect(found.next).toBe('6');
  });

  it('goes on after the head where all that was read is new', () => {
    const found = refreshed(listed('abc', null), page(['x', 'y', 'z'], '3'));
    expect(idsOf(found)).toBe('xyz');
    expect(found.next).toBe('3');
  });

  it('is the head alone where there is no more', () => {
    expect(idsOf(refreshed(listed('abcdef', null), page(['a', 'c'])))).toBe('ac');
  });

  it('goes on from where the head ends at its own end', () => {
    const found = refreshed(listed('abc', '3'), page(['x', 'b', 'c'], '3x'));
    expect(idsOf(found)).toBe('xbc');
    expect(found.next).toBe('3x');
  });

  it('leaves a row that is as it was the same object', () => {
    const old = listed('ab', null);
    const found = refreshed(old, { ...page([]), rows: [row('a', { status: 'FAILED' }), row('b')] });
    expect(found.rows[1]).toBe(old.rows[1]);
    expect(found.rows[0].run.status).toBe('FAILED');
  });
});

it('mends rows wherever they are', () => {
  const found = mended(listed('ab', null), [row('b', { status: 'KILLED' }), row('z')]);
  expect(idsOf(found)).toBe('ab');
  expect(found.rows[1].run.status).toBe('KILLED');
});

it('shows how far the runs that go on are, and leaves the others as they are', () => {
  const old = appended(NOTHING, { ...page([]), rows: [row('a', { status: 'RUNNING' }), row('b')] });
  const progress = {
    run_id: 'a',
    done: 2,
    cells: 12,
    cell: 3,
    name: '',
    began: null,
    step: '',
    pipeline: ''
  };
  const found = progressed(old, [progress]);
  expect(found.rows[0].progress).toEqual(progress);
  expect(found.rows[1]).toBe(old.rows[1]);
  expect(progressed(found, [{ ...progress }])).toBe(found);
});
