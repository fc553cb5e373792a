import { act, screen } from '@testing-library/react';

import type { Work } from '../entities';
import { useWork } from '../works';
import { Stream, json, modelOf, settle, shown } from './served';
import { workOf } from './worked';

function Follower(props: { begin: () => Promise<Work> }): JSX.Element {
  const { work, isBusy, isEnding, problem, start, cancel, clear } = useWork(
    one => one.subject === 'churn@2'
  );
  return (
    <>
      <button onClick={() => void start(props.begin)}>Start</button>
      <button onClick={cancel}>Cancel</button>
      <button onClick={clear}>Clear</button>
      <output>
        {[isBusy ? 'busy' : 'idle', isEnding ? 'ending' : '', work?.state, work?.said]
          .filter(Boolean)
          .join(' ')}
      </output>
      <p>{problem ? `${problem.message}: ${problem.hint}` : ''}</p>
      <pre>{JSON.stringify(work?.result ?? null)}</pre>
    </>
  );
}

const told = (): string => screen.getByRole('status').textContent ?? '';
const press = (name: string): void => act(() => screen.getByRole('button', { name }).click());

/** A follower of a server that tells of works by `stream`, and keeps one as it is. */
async function followed(
  known: Partial<Work>[] = [],
  full: Partial<Work> | null = {},
  begun?: Response
) {
  const stream = new Stream();
  const asked: string[] = [];
  const model = modelOf(path => {
    asked.push(path);
    const answers: Record<string, unknown> = {
      '/events': stream.response,
      '/project': { folder: '', name: '' },
      '/work': known.map(workOf),
      '/work/w1': full && workOf(full),
      '/work/w1/cancel': workOf({ said: 'ending' }),
      '/models/churn/gates': begun
    };
    return answers[path] ?? json({ message: 'no such thing', hint: 'ask for another' }, 404);
  });
  await act(() => model.open(''));
  const begin = (): Promise<Work> =>
    model.post('/models/{model}/gates', { names: { model: 'churn' }, body: { version: '2' } });
  const say = async (change: Partial<Work>): Promise<void> => {
    stream.change({ work: workOf(change) });
    await settle();
  };
  return { model, asked, say, begin };
}

it('is followed from its start to its end by the stream', async () => {
  const { model, say } = await followed();
  shown(model, <Follower begin={() => Promise.resolve(workOf({ state: 'waiting' }))} />);
  await settle();
  expect(told()).toBe('idle');
  press('Start');
  await settle();
  expect(told()).toBe('busy waiting');
  await say({ said: 'gate 1 of 2' });
  expect(told()).toBe('busy running gate 1 of 2');
  await say({ state: 'done', kind: 'GateReport', result: { model: 'churn' } });
  expect(told()).toBe('idle done');
  expect(screen.getByText('{"model":"churn"}')).toBeVisible();
  press('Clear');
  expect(told()).toBe('idle');
});

it('asks for what it found where the stream leaves that out', async () => {
  const full = { state: 'done', kind: 'GateReport', result: { model: 'big' } } as const;
  const { model, asked, say } = await followed([], full);
  shown(model, <Follower begin={() => Promise.resolve(workOf())} />);
  await settle();
  press('Start');
  await settle();
  await say({ state: 'done', kind: 'GateReport' });
  expect(screen.getByText('{"model":"big"}')).toBeVisible();
  expect(asked.filter(path => path === '/work/w1')).toHaveLength(1);
});

it('tells with a hint why it failed, and why it could not be begun', async () => {
  const { model, say, begin } = await followed();
  const { rerender } = shown(model, <Follower begin={begin} />);
  await settle();
  press('Start');
  await settle();
  expect(screen.getByText('no such thing: ask for another')).toBeVisible();
  expect(told()).toBe('idle');
  rerender(<Follower begin={() => Promise.resolve(workOf())} />);
  press('Start');
  await settle();
  expect(screen.queryByText(/no such thing/)).toBeNull();
  await say({ state: 'failed', problem: 'a gate said no', hint: 'train another' });
  expect(screen.getByText('a gate said no: train another')).toBeVisible();
});

it('is ended when that is asked for', async () => {
  const { model, asked, say } = await followed();
  shown(model, <Follower begin={() => Promise.resolve(workOf())} />);
  await settle();
  press('Start');
  await settle();
  press('Cancel');
  await settle();
  expect(told()).toBe('busy ending running');
  expect(asked).toContain('/work/w1/cancel');
  await say({ state: 'cancelled' });
  expect(told()).toBe('idle cancelled');
});

it('goes on being followed after the page was loaded anew, and when somebody else began it', async () => {
  const others = [{ id: 'w0', subject: 'other@1' }, { said: 'gate 2 of 2' }];
  const { model, say } = await followed(others);
  shown(model, <Follower begin={() => Promise.resolve(workOf())} />);
  await settle();
  expect(told()).toBe('busy running gate 2 of 2');
  await say({ state: 'done' });
  expect(told()).toBe('idle done');
  await say({ id: 'w2', subject: 'other@1' });
  await say({ id: 'w2', folder: 'elsewhere' });
  expect(told()).toBe('idle done');
  await say({ id: 'w3', said: 'anew' });
  expect(told()).toBe('busy running anew');
});

it('does not go on saying that a server could not be reached that is back', async () => {
  const { model, begin } = await followed([], {}, json({}, 502));
  shown(model, <Follower begin={begin} />);
  await settle();
  press('Start');
  await settle();
  expect(screen.getByText(/cannot be reached/)).toBeVisible();
  await act(() => model.retry());
  await settle();
  expect(screen.queryByText(/cannot be reached/)).toBeNull();
});

it('says so where the server was started again and knows nothing of it', async () => {
  const { model } = await followed([], null);
  jest.useFakeTimers();
  shown(model, <Follower begin={() => Promise.resolve(workOf())} />);
  press('Start');
  await act(() => jest.advanceTimersByTimeAsync(2_000));
  jest.useRealTimers();
  expect(screen.getByText(/was started again while this went on/)).toBeVisible();
  expect(told()).toBe('idle');
});
