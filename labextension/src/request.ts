import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { paths } from './entities';

export type Verb = 'get' | 'post' | 'delete';

/** The paths that answer a verb. */
export type Path<V extends Verb> = {
  [P in keyof paths]: paths[P][V] extends { responses: unknown } ? P : never;
}[keyof paths];

type Json<R> = R extends { content: { 'application/json': infer T } } ? T : never;

/** What a path answers. */
export type Answer<P extends keyof paths, V extends Verb = 'get'> = paths[P][V] extends {
  responses: infer R;
}
  ? { [S in keyof R]: S extends number ? Json<R[S]> : never }[keyof R]
  : never;

/** The words after the question mark; which project is meant is added to them. */
export type Query<P extends keyof paths, V extends Verb = 'get'> = paths[P][V] extends {
  parameters: { query?: infer Q };
}
  ? Omit<NonNullable<Q>, 'project'>
  : never;

/** The names in the braces of a path. */
export type Names<P extends keyof paths, V extends Verb = 'get'> = paths[P][V] extends {
  parameters: { path: infer N extends object };
}
  ? N
  : never;

/** What a path takes. */
export type Body<P extends keyof paths, V extends Verb> = paths[P][V] extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? B
  : undefined;

/** What a request says beside its path. */
export interface IAsked<P extends keyof paths, V extends Verb> {
  names?: Names<P, V>;
  query?: Query<P, V>;
  body?: Body<P, V>;
  /** Ends the wait for the answer. */
  signal?: AbortSignal;
  /** Another project than the one that is worked on: its folder below the server's root. */
  project?: string;
}

/**
 * Why there is no answer: the server extension is not there, did not answer in time, cannot be reached at
 * all, or answered that it will not.
 */
export type Cause = 'disabled' | 'slow' | 'away' | 'refused';

/** Why a request was not met: what is wrong, and how to mend it. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    /** Of HTTP; 0 where there was no answer. */
    readonly status: number,
    readonly cause: Cause = 'refused',
    /** By the name of a form's field what is wrong with it. */
    readonly wrong: Readonly<Record<string, string>> = {}
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** The messages of the errors that are found here and not in the server. */
export interface IMessages {
  disabled: readonly [message: string, hint: string];
  slow: readonly [message: string, hint: string];
  away: readonly [message: string, hint: string];
  denied: readonly [message: string, hint: string];
}

export interface IOptions {
  serverSettings: ServerConnection.ISettings;
  messages: IMessages;
  /** After so many milliseconds without an answer nobody waits any longer. */
  patience?: number;
}

const PATIENCE = 60_000; // milliseconds

/**
 * Ask the server.
 *
 * Throws a RequestError where it does not answer as wished, and an AbortError where `signal` says so.
 */
export async function request<P extends keyof paths, V extends Verb>(
  verb: V,
  path: P,
  asked: IAsked<P, V>,
  options: IOptions
): Promise<Answer<P, V>> {
  const { serverSettings, messages, patience = PATIENCE } = options;
  const stop = new AbortController();
  const abort = (): void => stop.abort(asked.signal?.reason);
  asked.signal?.addEventListener('abort', abort);
  if (asked.signal?.aborted) {
    abort();
  }
  let late = false;
  const timer = window.setTimeout(() => {
    late = true;
    stop.abort();
  }, patience);
  try {
    const response = await ServerConnection.makeRequest(
      address(serverSettings, path, asked),
      {
        method: verb.toUpperCase(),
        // with `no-store` JupyterLab adds a number to the words of each request
        cache: 'no-cache',
        signal: stop.signal,
        ...(asked.body === undefined
          ? {}
          : { body: JSON.stringify(asked.body), headers: { 'Content-Type': 'application/json' } })
      },
      serverSettings
    );
    if (!response.ok) {
      throw await problem(response, messages);
    }
    return (await response.json()) as Answer<P, V>;
  } catch (error) {
    if (late) {
      throw new RequestError(...messages.slow, 0, 'slow');
    }
    if (asked.signal?.aborted) {
      throw new DOMException('The request was ended', 'AbortError');
    }
    if (error instanceof RequestError) {
      throw error;
    }
    throw new RequestError(...messages.away, 0, 'away');
  } finally {
    window.clearTimeout(timer);
    asked.signal?.removeEventListener('abort', abort);
  }
}

/** Where a path with its names and words is. */
export function address(
  serverSettings: ServerConnection.ISettings,
  path: string,
  asked: { names?: object; query?: object; project?: string } = {}
): string {
  const names = new Map<string, string>(Object.entries(asked.names ?? {}));
  const named = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(names.get(name) ?? '')
  );
  const search = new URLSearchParams();
  if (asked.project) {
    search.append('project', asked.project);
  }
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) {
        search.append(name, String(each));
      }
    }
  }
  const place = URLExt.join(serverSettings.baseUrl, 'jupyter-mlops', named);
  return [place, search.toString()].filter(Boolean).join('?');
}

/** Whatever went wrong as a RequestError. */
export function asRequestError(error: unknown): RequestError {
  return error instanceof RequestError
    ? error
    : new RequestError(error instanceof Error ? error.message : String(error), '', 0);
}

/** Whether the server could not be reached, or took too long: it may answer later. */
export function isUnanswered(error: unknown): boolean {
  return ['away', 'slow'].includes(asRequestError(error).cause);
}

/** Whether nobody waits for the answer any more. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

async function problem(response: Response, messages: IMessages): Promise<RequestError> {
  const { status } = response;
  const told = await response.json().catch(() => null);
  // others' errors, also Jupyter's own, have no hint
  if (typeof told?.hint === 'string') {
    return new RequestError(told.message, told.hint, status, 'refused', told.wrong ?? {});
  }
  if (status === 404) {
    return new RequestError(...messages.disabled, status, 'disabled');
  }
  if (status === 401 || status === 403) {
    return new RequestError(...messages.denied, status);
  }
  if (status === 502 || status === 504) {
    return new RequestError(...messages.away, status, 'away');
  }
  const message = typeof told?.message === 'string' ? told.message : response.statusText;
  return new RequestError(message || `HTTP ${status}`, messages.away[1], status);
}
