import { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { Change, Topic } from './entities';
import { address } from './request';

/** All that can change. */
export const TOPICS: readonly Topic[] = [
  'runs',
  'pipelines',
  'schedules',
  'models',
  'data',
  'config'
];

const FIRST_WAIT = 1_000; // milliseconds
const LONGEST_WAIT = 30_000; // milliseconds
const HIDDEN = 30_000; // milliseconds for which a hidden page keeps its stream
const SILENCE = 60_000; // milliseconds; the server says something sooner, be it that there is nothing

export interface IEventsOptions {
  serverSettings: ServerConnection.ISettings;
  firstWait?: number;
  hidden?: number;
  silence?: number;
}

/**
 * What changes in one project, as the server tells it.
 *
 * The stream is the body of a plain request, so that tokens travel in its headers and never in an address, as
 * an EventSource would need them. Where it breaks off it is taken up again, later each time it fails; what
 * was said meanwhile is lost, so then all topics count as changed. While the page is hidden it is let go:
 * browsers grant few connections to one server, and each page holds one.
 */
export class Events implements IDisposable {
  constructor(
    readonly project: string,
    private readonly options: IEventsOptions
  ) {
    document.addEventListener('visibilitychange', this.onVisibility);
    void this.run();
  }

  /** Another change. */
  get changed(): ISignal<this, Change> {
    return this._changed;
  }

  /** The stream is there now, or no more. */
  get connectedChanged(): ISignal<this, boolean> {
    return this._connectedChanged;
  }

  get isConnected(): boolean {
    return this._isConnected;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    document.removeEventListener('visibilitychange', this.onVisibility);
    window.clearTimeout(this._leaving);
    this._stop.abort();
    this._wake();
    Signal.clearData(this);
  }

  /** Try now, not when it is time to. */
  retry(): void {
    this._failures = 0;
    this._wake();
  }

  private readonly onVisibility = (): void => {
    window.clearTimeout(this._leaving);
    if (document.hidden) {
      const { hidden = HIDDEN } = this.options;
      this._leaving = window.setTimeout(() => this._stop.abort(), hidden);
    } else if (!this._isConnected) {
      this.retry();
    }
  };

  private async run(): Promise<void> {
    let first = true;
    while (!this._isDisposed) {
      this._stop = new AbortController();
      try {
        await this.listen(first);
      } catch {
        this._failures += 1;
      }
      first = first && !this._wasConnected;
      this.setConnected(false);
      if (!this._isDisposed) {
        await this.wait();
      }
    }
  }

  /** Until the stream ends; throws where it breaks off. */
  private async listen(first: boolean): Promise<void> {
    const { serverSettings, silence = SILENCE } = this.options;
    const response = await ServerConnection.makeRequest(
      address(serverSettings, '/events', { project: this.project }),
      { cache: 'no-cache', headers: { Accept: 'text/event-stream' }, signal: this._stop.signal },
      serverSettings
    );
    if (!response.ok || !response.body) {
      throw new Error(`no events: HTTP ${response.status}`);
    }
    this._wasConnected = true;
    this.setConnected(true);
    if (!first) {
      this._changed.emit({ topics: [...TOPICS], progress: null, work: null, problem: null });
    }
    const stop = this._stop;
    let timer = 0;
    const heard = (): void => {
      this._failures = 0;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => stop.abort(), silence);
    };
    timer = window.setTimeout(() => stop.abort(), silence);
    try {
      for await (const data of messages(response.body, heard)) {
        this._changed.emit(JSON.parse(data) as Change);
      }
    } finally {
      window.clearTimeout(timer);
    }
  }

  private wait(): Promise<void> {
    const { firstWait = FIRST_WAIT } = this.options;
    return new Promise(resolve => {
      // pages that lost the same server do not come back to it all at once
      const longest = Math.min(LONGEST_WAIT, firstWait * 2 ** Math.max(0, this._failures - 1));
      const timer = document.hidden
        ? 0
        : window.setTimeout(() => this._wake(), longest * (0.75 + Math.random() / 2));
      this._wake = () => {
        window.clearTimeout(timer);
        resolve();
      };
    });
  }

  private setConnected(value: boolean): void {
    if (value !== this._isConnected) {
      this._isConnected = value;
      this._connectedChanged.emit(value);
    }
  }

  private readonly _changed = new Signal<this, Change>(this);
  private readonly _connectedChanged = new Signal<this, boolean>(this);
  private _failures = 0;
  private _isConnected = false;
  private _isDisposed = false;
  private _leaving = 0;
  private _stop = new AbortController();
  private _wake: () => void = () => undefined;
  private _wasConnected = false;
}

/** The `data` of each message of a text/event-stream; `heard` is called at each piece that comes in. */
export async function* messages(
  body: ReadableStream<Uint8Array>,
  heard: () => void = () => undefined
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      heard();
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('data:')) {
          data.push(line.slice(5).replace(/^ /, ''));
        } else if (line === '' && data.length) {
          yield data.join('\n');
          data = [];
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
