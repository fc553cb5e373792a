import type { Change } from '../entities';
import { Events, messages, TOPICS } from '../events';
import { json, settings, Stream, type Answering } from './served';

const { setImmediate } = jest.requireActual<{ setImmediate(then: () => void): void }>('timers');

beforeEach(() => {
  // streams go on by these
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
  setHidden(false);
});

function setHidden(value: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, value });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** Let time pass, and what was said arrive. */
async function arrive(milliseconds = 0): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  for (let turn = 0; turn < 10; turn++) {
    await new Promise<void>(resolve => setImmediate(resolve));
  }
}

interface IListening {
  events: Events;
  asked: Request[];
  heard: Change[];
}

function listen(answering: Answering): IListening {
  const asked: Request[] = [];
  const heard: Change[] = [];
  const events = new Events('sub', {
    serverSettings: settings((path, request) => {
      asked.push(request);
      return answering(path, request);
    })
  });
  events.changed.connect((_, change) => heard.push(change));
  return { events, asked, heard };
}

it('hears changes; the token travels in a header', async () => {
  const stream = new Stream();
  const { events, asked, heard } = listen(() => stream.response);
  await arrive();
  expect(events.isConnected).toBe(true);
  expect(asked).toHaveLength(1);
  expect(asked[0].url).toMatch(/\/jupyter-mlops\/events\?project=sub$/);
  expect(asked[0].headers.get('Authorization')).toBe('token secret');
  stream.change({ topics: ['runs'] });
  stream.change({ topics: ['models', 'data'] });
  await arrive();
  expect(heard.map(change => change.topics)).toEqual([['runs'], ['models', 'data']]);
  events.dispose();
});

it('takes up what broke off, and counts all as changed then', async () => {
  const streams = [new Stream(), new Stream()];
  const left = [...streams];
  const { events, asked, heard } = listen(() => left.shift()?.response);
  const connected: boolean[] = [];
  events.connectedChanged.connect((_, each) => connected.push(each));
  await arrive();
  expect(heard).toEqual([]);
  streams[0].breakOff();
  await arrive();
  expect(events.isConnected).toBe(false);
  await arrive(2_000);
  expect(asked).toHaveLength(2);
  expect(heard.map(change => change.topics)).toEqual([TOPICS]);
  expect(connected).toEqual([true, false, true]);
  events.dispose();
});

it('asks less and less often where there is no stream, and at once when told to', async () => {
  const { events, asked } = listen(() => json({ message: 'Not Found' }, 404));
  await arrive();
  await arrive(60_000);
  const soon = asked.length;
  expect(soon).toBeGreaterThan(3);
  expect(soon).toBeLessThan(9);
  await arrive(60_000);
  expect(asked.length - soon).toBeLessThan(4);
  const before = asked.length;
  events.retry();
  await arrive();
  expect(asked.length).toBe(before + 1);
  events.dispose();
  await arrive(120_000);
  expect(asked.length).toBe(before + 1);
});

it('gives up a stream that has fallen silent', async () => {
  const stream = new Stream();
  const left = [stream, new Stream()];
  const { events, asked } = listen(() => left.shift()?.response);
  await arrive();
  await arrive(50_000);
  stream.say(': still here\n\n');
  await arrive();
  await arrive(50_000);
  expect(events.isConnected).toBe(true);
  await arrive(15_000);
  await arrive(2_000);
  expect(asked).toHaveLength(2);
  events.dispose();
});

it('lets go of the stream while the page is hidden for long', async () => {
  const { events, asked, heard } = listen(() => new Stream().response);
  await arrive();
  setHidden(true);
  await arrive(1_000);
  setHidden(false);
  await arrive(60_000 - 1_500);
  expect(asked).toHaveLength(1);
  setHidden(true);
  await arrive(31_000);
  expect(events.isConnected).toBe(false);
  await arrive(300_000);
  expect(asked).toHaveLength(1);
  setHidden(false);
  await arrive();
  expect(events.isConnected).toBe(true);
  expect(heard.map(change => change.topics)).toEqual([TOPICS]);
  events.dispose();
});

it('reads messages however they are cut', async () => {
  const text = 'data: {"a":\ndata: "ü"}\r\n\r\nevent: x\n: nothing\n\ndata:1\n\ndata: half';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.slice(at, at + size));
        }
        controller.close();
      }
    });
    const found: string[] = [];
    for await (const message of messages(body)) {
      found.push(message);
    }
    expect(found).toEqual(['{"a":\n"ü"}', '1']);
  }
});
