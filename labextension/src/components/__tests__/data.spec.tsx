import { act, screen } from '@testing-library/react';

import { json, modelOf, settle, shown, Stream, type Answering } from '../../__tests__/served';
import { MLOpsContext, ShownContext } from '../context';
import { useData } from '../data';
import { Loaded } from '../said';
import { useMLOps } from '../context';
import type { Model } from '../../model';

function Names({ search = '' }: { search?: string }): JSX.Element {
  const mlops = useMLOps();
  const models = useData(
    signal => mlops.get('/models', { signal, names: undefined, query: { search } as never }),
    ['models'],
    [search]
  );
  return <Loaded from={models}>{rows => <p>{JSON.stringify(rows)}</p>}</Loaded>;
}

/** A server whose answers about models are given one by one. */
function asking(): {
  model: Model;
  stream: Stream;
  asked: { path: string; signal: AbortSignal; answer: (rows: unknown) => void }[];
} {
  const stream = new Stream();
  const asked: { path: string; signal: AbortSignal; answer: (rows: unknown) => void }[] = [];
  const answering: Answering = (path, request) =>
    path.startsWith('/models')
      ? new Promise(answer => asked.push({ path, signal: request.signal, answer }))
      : stream.response;
  return { model: modelOf(answering), stream, asked };
}

function wait(milliseconds: number): Promise<void> {
  return act(() => new Promise<void>(resolve => setTimeout(resolve, milliseconds)));
}

it('loads at first, and again when one of its needs is another; the old data stays until then', async () => {
  const { model, asked } = asking();
  const { rerender } = shown(model, <Names search="a" />);
  await settle();
  asked[0].answer(['one']);
  expect(await screen.findByText('["one"]')).toBeVisible();
  rerender(<Names search="b" />);
  await settle();
  expect(asked.map(each => each.path)).toEqual(['/models?search=a', '/models?search=b']);
  expect(screen.getByText('["one"]')).toBeVisible();
  asked[1].answer(['two']);
  expect(await screen.findByText('["two"]')).toBeVisible();
});

it('drops an answer that was overtaken, and does not wait for it', async () => {
  const { model, asked } = asking();
  const { rerender } = shown(model, <Names search="a" />);
  await settle();
  rerender(<Names search="b" />);
  await settle();
  expect(asked.map(each => each.signal.aborted)).toEqual([true, false]);
  asked[1].answer(['new']);
  asked[0].answer(['old']);
  expect(await screen.findByText('["new"]')).toBeVisible();
  await settle();
  expect(screen.queryByText('["old"]')).toBeNull();
});

it('loads again when its topic has changed: many events, few loads', async () => {
  const { model, stream, asked } = asking();
  shown(model, <Names />);
  await wait(5);
  asked[0].answer([]);
  await wait(5);
  stream.change({ topics: ['runs'] });
  await wait(700);
  expect(asked).toHaveLength(1);
  for (let event = 0; event < 20; event++) {
    stream.change({ topics: ['models', 'runs'] });
  }
  await wait(700);
  expect(asked).toHaveLength(2);
  // a slow server is not asked again before it has answered
  stream.change({ topics: ['models'] });
  await wait(700);
  expect(asked).toHaveLength(2);
  asked[1].answer(['now']);
  await wait(700);
  expect(asked).toHaveLength(3);
  expect(screen.getByText('["now"]')).toBeVisible();
});

it('asks nothing while it is not seen, and once when it is', async () => {
  const { model, stream, asked } = asking();
  const draw = (isShown: boolean): JSX.Element => (
    <ShownContext.Provider value={isShown}>
      <MLOpsContext.Provider value={model}>
        <Names />
      </MLOpsContext.Provider>
    </ShownContext.Provider>
  );
  const { rerender } = shown(model, draw(false));
  await wait(5);
  expect(asked).toHaveLength(0);
  rerender(draw(true));
  await wait(5);
  expect(asked).toHaveLength(1);
  asked[0].answer([]);
  await wait(5);
  rerender(draw(false));
  stream.change({ topics: ['models'] });
  stream.change({ topics: ['models'] });
  await wait(700);
  expect(asked).toHaveLength(1);
  rerender(draw(true));
  await wait(5);
  expect(asked).toHaveLength(2);
});

it('tells why it could not load, keeps what it had, and tries again when asked to', async () => {
  const { model, stream, asked } = asking();
  shown(model, <Names />);
  await wait(5);
  asked[0].answer(['one']);
  await wait(5);
  stream.change({ topics: ['models'] });
  await wait(700);
  asked[1].answer(json({ message: 'the store is away', hint: 'start it' }, 503));
  expect(await screen.findByRole('alert')).toHaveTextContent('the store is awaystart it');
  expect(screen.getByText('["one"]')).toBeVisible();
  act(() => screen.getByRole('button', { name: 'Try again' }).click());
  await wait(5);
  asked[2].answer(['two']);
  expect(await screen.findByText('["two"]')).toBeVisible();
  expect(screen.queryByRole('alert')).toBeNull();
});
