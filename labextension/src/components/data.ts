import { useContext, useEffect, useReducer, useRef } from 'react';

import type { Topic } from '../entities';
import { asRequestError, isAbort, type RequestError } from '../request';
import type { IMLOps } from '../tokens';
import { ShownContext, useMLOps } from './context';

const GATHER = 100; // milliseconds in which several events are one
const PACE = 500; // milliseconds between two loads that events ask for

export interface IData<T> {
  /** What was loaded last; undefined until there is something. It is kept while it is loaded again. */
  readonly data: T | undefined;
  /** Why the last load failed; null where it did not. */
  readonly error: RequestError | null;
  readonly isLoading: boolean;
  /** Load now; until that is done, or was overtaken. */
  reload(): Promise<void>;
}

/**
 * What `load` gives: at first, when one of `needs` is another, and when one of `topics` has changed. Answers
 * that were overtaken are dropped. What is not seen loads once it is seen again.
 */
export function useData<T>(
  load: (signal: AbortSignal) => Promise<T>,
  topics: readonly Topic[],
  needs: readonly unknown[]
): IData<T> {
  const mlops = useMLOps();
  const isShown = useContext(ShownContext);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const loader = useRef<Loader<T>>();
  loader.current ??= new Loader<T>(draw);
  loader.current.load = load;
  loader.current.isShown = isShown;

  useEffect(() => {
    loader.current?.begin();
    return () => loader.current?.end();
    // the caller names what its `load` depends on
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [mlops, ...needs]);

  useEffect(() => {
    loader.current?.seen();
  }, [isShown]);

  const asked = topics.join();
  useEffect(() => {
    const hear = (_: IMLOps, changed: readonly Topic[]): void => {
      if (asked.split(',').some(topic => changed.includes(topic as Topic))) {
        loader.current?.later();
      }
    };
    mlops.topicsChanged.connect(hear);
    return () => {
      mlops.topicsChanged.disconnect(hear);
    };
  }, [mlops, asked]);

  const { data, error, isLoading, reload } = loader.current;
  return { data, error, isLoading, reload };
}

class Loader<T> {
  constructor(private readonly draw: () => void) {}

  data: T | undefined = undefined;
  error: RequestError | null = null;
  isLoading = false;
  isShown = true;
  load: (signal: AbortSignal) => Promise<T> = () => Promise.reject(new Error('nothing to load'));

  /** Load; what is still on its way is of no use any more. */
  begin(): void {
    this.end();
    this.isStale = true;
    this.seen();
  }

  /** Nobody waits for anything any more. */
  end(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.stop?.abort();
    this.stop = null;
  }

  /** Load soon; what is on its way is waited for, so that a slow server is not asked again and again. */
  later(): void {
    this.isStale = true;
    if (!this.timer && this.isShown && !this.stop) {
      const pause = Math.max(GATHER, this.last + PACE - Date.now());
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        this.seen();
      }, pause);
    }
  }

  /** Load what has changed while it was not seen. */
  seen(): void {
    if (this.isStale && this.isShown && !this.stop && !this.timer) {
      this.running = this.run();
    }
  }

  readonly reload = (): Promise<void> => {
    this.begin();
    return this.running;
  };

  private async run(): Promise<void> {
    const stop = new AbortController();
    this.stop = stop;
    this.isStale = false;
    this.isLoading = true;
    this.last = Date.now();
    this.draw();
    let data = this.data;
    let error: RequestError | null = null;
    try {
      data = await this.load(stop.signal);
    } catch (caught) {
      error = isAbort(caught) && stop.signal.aborted ? null : asRequestError(caught);
    }
    if (this.stop !== stop) {
      return; // overtaken
    }
    this.stop = null;
    this.data = data;
    this.error = error;
    this.isLoading = false;
    this.draw();
    if (this.isStale) {
      this.later();
    }
  }

  private running = Promise.resolve();
  private isStale = true;
  private last = 0;
  private stop: AbortController | null = null;
  private timer = 0;
}
