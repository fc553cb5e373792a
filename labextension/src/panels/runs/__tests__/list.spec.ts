import type { RunPage } from '../../../entities';
import { ALL, type RunQuery } from '../filters';
import { RunList } from '../list';
import { page } from './made';

/** A store whose answers come when the test says so. */
class Store {
  readonly asked: RunQuery[] = [];
  readonly ask = (query: RunQuery): Promise<RunPage> => {
    this.asked.push(query);
    return new Promise((resolve, reject) => this._open.push({ resolve, reject }));
  };

  async answer(found: RunPage | Error, place = 0): Promise<void> {
    const [open] = this._open.splice(place, 1);
    if (found instanceof Error) {
      open.reject(found);
    } else {
      open.resolve(found);
    }
    await new Promise(resolve => setTimeout(resolve));
  }

  get waiting(): number {
    return this._open.length;
  }

  private readonly _open: {
    resolve: (page: RunPage) => void;
    reject: (error: Error) => void;
  }[] = [];
}

const idsOf = (list: RunList): string =>
  list.state.listing.rows.map(row => row.run.run_id).join('');

async function listed(store: Store, ids: string, next: string | null = null): Promise<RunList> {
  const list = new RunList(store.ask);
  void list.refresh();
  await store.answer(page([...ids], next));
  return list;
}

it('reads on from the cursor, and not twice at once', async () => {
  const store = new Store();
  const list = await listed(store, 'ab', '2');
  void list.more();
  void list.more();
  expect(store.asked[1].cursor).toBe('2');
  await store.answer(page(['c']));
  void list.more();
  expect(store.waiting).toBe(0);
  expect(idsOf(list)).toBe('abc');
});

it('shows the answer to the last question, whichever comes last', async () => {
  const store = new Store();
  const list = new RunList(store.ask);
  void list.search({ ...ALL, search: 'a' });
  void list.search({ ...ALL, search: 'ab' });
  await store.answer(page(['2']), 1);
  await store.answer(page(['1']));
  expect(idsOf(list)).toBe('2');
  expect(list.state.reading).toBeNull();
});

it('asks once more for what changed while it was reading', async () => {
  const store = new Store();
  const list = await listed(store, 'a');
  void list.refresh();
  void list.refresh();
  void list.refresh();
  await store.answer(page(['b', 'a']));
  await store.answer(page(['c', 'b', 'a']));
  expect(store.waiting).toBe(0);
  expect(idsOf(list)).toBe('cba');
});

it('keeps what is shown where it cannot be read anew, and says why', async () => {
  const store = new Store();
  const list = await listed(store, 'ab');
  const problem = new Error('the store is away');
  void list.refresh();
  await store.answer(problem);
  expect(idsOf(list)).toBe('ab');
  expect(list.state.problem).toBe(problem);
  void list.refresh();
  await store.answer(page(['b']));
  expect(list.state.problem).toBeNull();
  expect(idsOf(list)).toBe('b');
});

it('keeps selection and the active row while new runs come', async () => {
  const store = new Store();
  const list = await listed(store, 'abcd');
  list.activate('b');
  list.selectTo('d');
  void list.refresh();
  await store.answer(page(['x', 'a', 'b', 'c', 'd']));
  expect(list.state).toMatchObject({ active: 'b', selected: ['b', 'c', 'd'] });
  list.select('c', false);
  expect(list.state.selected).toEqual(['b', 'd']);
});
