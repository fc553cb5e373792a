import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, render, type RenderResult } from '@testing-library/react';

import { MLOpsContext, ShownContext } from '../components';
import type { Change } from '../entities';
import { executeIn } from '../main/commands';
import { Model } from '../model';

/** What the server answers: an entity, or a Response as it is. */
export type Answering = (path: string, request: Request) => unknown;

const BASE = 'http://localhost/user/ada/';
const made: Model[] = [];

afterEach(() => {
  made.splice(0).forEach(model => model.dispose());
  window.sessionStorage.clear();
});

export const trans = nullTranslator.load('jupyter-mlops');

/** A connection to a server that answers so; `path` is what follows "jupyter-mlops", with its words. */
export function settings(answering: Answering): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    baseUrl: BASE,
    token: 'secret',
    fetch: async (info: RequestInfo | URL) => {
      const request = info as Request;
      const ended = new Promise<never>((_, reject) => {
        if (request.signal.aborted) {
          reject(request.signal.reason);
        }
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      });
      const path = request.url.slice(`${BASE}jupyter-mlops`.length);
      const answer = await Promise.race([answering(path, request), ended]);
      request.signal.addEventListener('abort', () => Stream.of(answer)?.breakOff());
      return answer instanceof Response ? answer : json(answer);
    }
  });
}

export function json(answer: unknown, status = 200): Response {
  return new Response(JSON.stringify(answer), { status });
}

/** The stream of events, said by hand. */
export class Stream {
  /** The stream whose response that is. */
  static of(response: unknown): Stream | undefined {
    return Stream.all.find(each => each.response === response);
  }

  private static readonly all: Stream[] = [];
  private controller?: ReadableStreamDefaultController<Uint8Array>;

  constructor() {
    Stream.all.push(this);
  }

  readonly response = new Response(
    new ReadableStream<Uint8Array>({
      start: controller => {
        this.controller = controller;
      }
    })
  );

  say(text: string): void {
    this.controller?.enqueue(new TextEncoder().encode(text));
  }

  change(change: Partial<Change>): void {
    this.say(`data: ${JSON.stringify(change)}\n\n`);
  }

  breakOff(): void {
    this.controller?.error(new TypeError('network error'));
  }
}

/** A model whose server answers so; its stream of events is silent where `answering` has none. */
export function modelOf(
  answering: Answering,
  more: { slow?: number; patience?: number } = {}
): Model {
  const silent = new Stream();
  const serverSettings = settings(async (path, request) => {
    const answer = await answering(path, request);
    return answer === undefined && path.startsWith('/events') ? silent.response : answer;
  });
  const model = new Model({ serverSettings, trans, locale: 'en', ...more });
  made.push(model);
  executeIn(new CommandRegistry(), model);
  return model;
}

/** Show a component as the panel does. */
export function shown(model: Model, element: JSX.Element, isShown = true): RenderResult {
  const wrapped = (each: JSX.Element, seen: boolean): JSX.Element => (
    <MLOpsContext.Provider value={model}>
      <ShownContext.Provider value={seen}>{each}</ShownContext.Provider>
    </MLOpsContext.Provider>
  );
  const result = render(wrapped(element, isShown));
  return { ...result, rerender: each => result.rerender(wrapped(each as JSX.Element, isShown)) };
}

/** Let promises that are due go on. */
export async function settle(): Promise<void> {
  await act(async () => {
    for (let turn = 0; turn < 20; turn++) {
      await Promise.resolve();
    }
  });
}
