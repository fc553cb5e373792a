import type { Topic, Work } from '../entities';
import { json, modelOf, Stream, type Answering } from './served';

const INFO = { folder: '', name: 'churn', problem: '', hint: '' };

/** A turn of the real clock, in which answers arrive. */
function turn(milliseconds = 5): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

function work(state: Work['state'], more: Partial<Work> = {}): Work {
  return { id: 'w1', verb: 'promote', state, problem: '', hint: '', ...more } as Work;
}

it('starts, and is ok once the server has told the project', async () => {
  const model = modelOf(path => (path.startsWith('/project') ? INFO : undefined));
  expect(model.state).toBe('starting');
  await model.open('');
  expect(model.state).toBe('ok');
  expect(model.info).toEqual(INFO);
  expect(model.problem).toBeNull();
});

it('works on the project of the notebook in front, and hears its events', async () => {
  const asked: string[] = [];
  const model = modelOf(path => {
    asked.push(path);
    const folder = path.includes('sub') ? 'sub' : '';
    return path.startsWith('/project')
      ? { ...INFO, folder }
      : path.startsWith('/runs')
        ? {}
        : undefined;
  });
  const projects: string[] = [];
  model.projectChanged.connect((_, each) => projects.push(each));
  await model.open('');
  await model.open('sub/deep/a.ipynb');
  await model.open('sub/b.ipynb');
  expect(projects).toEqual(['sub']);
  await model.get('/runs', { query: { limit: 3 } });
  expect(asked).toContain('/project?project=sub%2Fdeep%2Fa.ipynb');
  expect(asked).toContain('/events?project=sub');
  expect(asked[asked.length - 1]).toBe('/runs?project=sub&limit=3');
});

it('drops the project of a notebook that was left meanwhile', async () => {
  let answer: (info: unknown) => void = () => undefined;
  const model = modelOf(path => {
    if (path.includes('slow')) {
      return new Promise(resolve => (answer = resolve));
    }
    return path.startsWith('/project') ? { ...INFO, folder: 'quick', name: 'quick' } : undefined;
  });
  const first = model.open('slow/a.ipynb');
  await model.open('quick/a.ipynb');
  answer({ ...INFO, folder: 'slow', name: 'slow' });
  await first;
  expect(model.project).toBe('quick');
  expect(model.info?.name).toBe('quick');
});

it.each<[string, Answering, string]>([
  ['runs without the extension', () => new Response('', { status: 404 }), 'disabled'],
  ['cannot be reached', () => Promise.reject(new TypeError('fetch failed')), 'away'],
  ['refuses', () => json({ message: 'mlops.yaml, line 3', hint: 'mend it' }, 400), 'error'],
  ['finds a broken project', () => ({ ...INFO, problem: 'line 3', hint: 'mend it' }), 'error']
])('tells that the server %s, and that it is well again', async (_, answering, state) => {
  let isBroken = true;
  const model = modelOf((path, request) =>
    isBroken || !path.startsWith('/project') ? answering(path, request) : INFO
  );
  const states: string[] = [];
  model.stateChanged.connect(() => states.push(model.state));
  await model.open('');
  expect(model.state).toBe(state);
  expect(model.problem?.message).not.toBe('');
  expect(model.problem?.hint).not.toBe('');
  isBroken = false;
  await model.retry();
  expect(model.state).toBe('ok');
  expect(model.problem).toBeNull();
  expect(states).toContain(state);
  expect(states[states.length - 1]).toBe('ok');
});

it('says that the server is slow while it is waited for', async () => {
  let answer: (rows: unknown) => void = () => undefined;
  const model = modelOf(
    path => {
      if (path.startsWith('/runs')) {
        return new Promise(resolve => (answer = resolve));
      }
      return path.startsWith('/events') ? undefined : INFO;
    },
    { slow: 10 }
  );
  await model.open('');
  const asked = model.get('/runs');
  await turn(50);
  expect(model.state).toBe('slow');
  await model.open(''); // others are answered
  expect(model.state).toBe('slow');
  answer({ rows: [] });
  await asked;
  expect(model.state).toBe('ok');
});

it('is slow after it did not answer in time, until it does', async () => {
  let isSlow = true;
  const model = modelOf(
    path => (path.startsWith('/events') ? undefined : isSlow ? new Promise(() => undefined) : INFO),
    { patience: 10 }
  );
  await model.open('');
  expect(model.state).toBe('slow');
  isSlow = false;
  await model.retry();
  expect(model.state).toBe('ok');
});

it('passes on topics, progress and works, and what cannot be seen', async () => {
  const stream = new Stream();
  const model = modelOf(path => (path.startsWith('/events') ? stream.response : INFO));
  const topics: Topic[] = [];
  model.topicsChanged.connect((_, each) => topics.push(...each));
  const works: string[] = [];
  model.workChanged.connect((_, each) => works.push(each.state));
  await model.open('');
  await turn();
  const progress = {
    run_id: 'r1',
    done: 2,
    cells: 5,
    cell: 3,
    name: '',
    began: null,
    step: '',
    pipeline: ''
  };
  stream.change({ topics: ['runs', 'models'], progress: [progress], problem: 'the store is away' });
  stream.change({ work: work('running') });
  await turn();
  expect(topics).toEqual(['runs', 'models']);
  expect(works).toEqual(['running']);
  expect(model.progress.get('r1')).toEqual(progress);
  expect([model.state, model.problem?.message]).toEqual(['error', 'the store is away']);
  stream.change({ progress: [], problem: '' });
  await turn();
  expect(model.progress.size).toBe(0);
  expect(model.state).toBe('ok');
});

it('looks at once whether the server is away when the stream breaks off, and when it is back', async () => {
  const streams = [new Stream(), new Stream()];
  const left = [...streams];
  let isAway = false;
  const model = modelOf(path => {
    if (isAway) {
      throw new TypeError('fetch failed');
    }
    return path.startsWith('/events') ? left.shift()?.response : INFO;
  });
  await model.open('');
  await turn();
  const topics: Topic[] = [];
  model.topicsChanged.connect((_, each) => topics.push(...each));
  isAway = true;
  streams[0].breakOff();
  await turn(20);
  expect(model.state).toBe('away');
  isAway = false;
  const back = new Promise<void>(resolve => {
    model.stateChanged.connect(() => model.state === 'ok' && resolve());
  });
  await back;
  expect(topics).toContain('runs');
});

it('waits for a work to end, as the events tell', async () => {
  const stream = new Stream();
  const model = modelOf(path => (path.startsWith('/events') ? stream.response : work('running')));
  await turn();
  const ended = model.ended(work('running'));
  stream.change({ work: { ...work('done'), id: 'another' } });
  stream.change({ work: work('failed', { problem: 'no', hint: 'yes' }) });
  expect(await ended).toMatchObject({ state: 'failed', problem: 'no' });
});

it('looks after a work where no event comes', async () => {
  const model = modelOf(path => (path.startsWith('/work/w1') ? work('done') : undefined));
  expect((await model.ended(work('running'))).state).toBe('done');
  expect(await model.ended(work('cancelled'))).toMatchObject({ state: 'cancelled' });
});

it('looks after a work again where the server was away', async () => {
  let looks = 0;
  const model = modelOf(path => {
    if (path.startsWith('/work/w1')) {
      looks += 1;
      return looks < 2 ? json({}, 502) : work('done');
    }
    return undefined;
  });
  expect((await model.ended(work('running'))).state).toBe('done');
  expect(looks).toBe(2);
});

it('looks at the run of a work that a server which was started again knows nothing of', async () => {
  const runs = [json({}, 502), { run: { status: 'RUNNING' } }, { run: { status: 'FINISHED' } }];
  const gone = json({ message: 'no such work', hint: '' }, 404);
  const model = modelOf(path => (path.startsWith('/runs/r1') ? runs.shift() : gone.clone()));
  jest.useFakeTimers();
  const ended = model.ended(work('running', { run_id: 'r1' }));
  await jest.advanceTimersByTimeAsync(30_000);
  jest.useRealTimers();
  expect(await ended).toMatchObject({ state: 'done', problem: '' });
});

it('goes back to the folder of a notebook that is there no more', async () => {
  const model = modelOf(path =>
    path === '/project?project=sub'
      ? { ...INFO, folder: 'sub' }
      : path.startsWith('/project?')
        ? json({ message: 'no such folder or notebook', hint: 'look' }, 404)
        : undefined
  );
  await model.open('sub/gone/a.ipynb');
  expect(model.project).toBe('sub');
  expect(model.problem).toBeNull();
});
