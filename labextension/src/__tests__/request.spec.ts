import { request, RequestError, type IMessages } from '../request';
import { json, settings, type Answering } from './served';

const messages: IMessages = {
  disabled: ['disabled', 'enable it'],
  slow: ['slow', 'wait'],
  away: ['away', 'start it'],
  denied: ['denied', 'log in']
};

function asking(answering: Answering, patience?: number): Parameters<typeof request>[3] {
  return { serverSettings: settings(answering), messages, patience };
}

async function failure(answering: Answering, patience?: number): Promise<RequestError> {
  const error: unknown = await request('get', '/runs', {}, asking(answering, patience)).catch(
    each => each
  );
  expect(error).toBeInstanceOf(RequestError);
  return error as RequestError;
}

it('asks below the base URL, with the token in a header and nowhere else', async () => {
  const seen: Request[] = [];
  const answer = await request(
    'get',
    '/runs',
    { project: 'a b/ü', query: { limit: 5, status: ['RUNNING', 'FAILED'], where: null } },
    asking((_, each) => {
      seen.push(each);
      return { rows: [] };
    })
  );
  expect(answer).toEqual({ rows: [] });
  expect(seen[0].headers.get('Authorization')).toBe('token secret');
  const url = new URL(seen[0].url);
  expect(url.pathname).toBe('/user/ada/jupyter-mlops/runs');
  expect([...url.searchParams]).toEqual([
    ['project', 'a b/ü'],
    ['limit', '5'],
    ['status', 'RUNNING'],
    ['status', 'FAILED']
  ]);
});

it('puts names into the path so that they stay one part of it', async () => {
  const seen: string[] = [];
  await request(
    'get',
    '/models/{model}',
    { names: { model: 'a/b?c#d %' } },
    asking(path => {
      seen.push(path);
      return {};
    })
  );
  expect(seen).toEqual(['/models/a%2Fb%3Fc%23d%20%25']);
});

it('sends a body as JSON', async () => {
  const bodies: unknown[] = [];
  await request(
    'post',
    '/schedules',
    { body: { what: 'churn' } },
    asking(async (_, each) => {
      bodies.push(await each.json());
      return {};
    })
  );
  expect(bodies).toEqual([{ what: 'churn' }]);
});

it('tells what the server says is wrong, with its hint and by field', async () => {
  const told = { message: 'C is no number', hint: 'write 0.5', wrong: { C: 'no number' } };
  const error = await failure(() => json(told, 400));
  expect(error).toMatchObject({ ...told, status: 400, cause: 'refused' });
});

it('tells a run that is not there from an extension that is not there', async () => {
  const missing = await failure(() => json({ message: 'no run x', hint: '' }, 404));
  expect(missing).toMatchObject({ message: 'no run x', cause: 'refused' });
  const html = await failure(() => new Response('<h1>404</h1>', { status: 404 }));
  expect(html).toMatchObject({ message: 'disabled', hint: 'enable it', cause: 'disabled' });
  // as Jupyter says it of paths that it knows nothing of
  const jupyter = await failure(() => json({ message: 'Not Found', reason: null }, 404));
  expect(jupyter.cause).toBe('disabled');
});

it('tells that nobody is let in, that a proxy finds no server, and what else went wrong', async () => {
  expect(await failure(() => json({ message: 'Forbidden' }, 403))).toMatchObject({
    message: 'denied',
    status: 403
  });
  expect(await failure(() => new Response('', { status: 502 }))).toMatchObject({ cause: 'away' });
  expect(await failure(() => json({ message: 'Internal' }, 500))).toMatchObject({
    message: 'Internal',
    cause: 'refused'
  });
});

it('does not wait for ever', async () => {
  const error = await failure(() => new Promise(() => undefined), 10);
  expect(error).toMatchObject({ message: 'slow', status: 0, cause: 'slow' });
});

it('tells a server that cannot be reached', async () => {
  const error = await failure(() => Promise.reject(new TypeError('fetch failed')));
  expect(error).toMatchObject({ message: 'away', hint: 'start it', cause: 'away' });
});

it('ends when nobody wants the answer any more', async () => {
  const stop = new AbortController();
  const asked = request(
    'get',
    '/runs',
    { signal: stop.signal },
    asking(() => new Promise(() => undefined))
  );
  stop.abort();
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

it('ends at once when nobody wanted the answer in the first place', async () => {
  const asked = request(
    'get',
    '/runs',
    { signal: AbortSignal.abort() },
    asking(() => new Promise(() => undefined))
  );
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});
