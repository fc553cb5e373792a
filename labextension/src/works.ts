import { useEffect, useMemo, useRef, useState } from 'react';

import { useMLOps } from './components/context';
import type { Work } from './entities';
import { goesOn } from './model';
import { asRequestError, isAbort, isUnanswered } from './request';
import type { IMLOps, IProblem } from './tokens';

/** What takes long, followed from its start to its end. */
export interface IFollowed {
  /** The last one that was begun or found; null where there is none, or it was put away. */
  readonly work: Work | null;
  /** Whether it goes on, or is just being asked for. */
  readonly isBusy: boolean;
  /** Whether its end was asked for. */
  readonly isEnding: boolean;
  /** Why it could not be begun, or failed; null otherwise. */
  readonly problem: IProblem | null;
  /** Have one done; it as it ended, with what it found, or null where it could not be begun or followed. */
  start(begin: () => Promise<Work>): Promise<Work | null>;
  /** Have it end. */
  cancel(): void;
  /** Say no more of it. */
  clear(): void;
}

/** Why it failed; null where it did not. */
export function problemOf(work: Work | null): IProblem | null {
  return work?.state === 'failed' ? { message: work.problem, hint: work.hint } : null;
}

/**
 * Follow one work at a time: what is begun here, or what goes on already and `isOurs`, such as after the page
 * was loaded anew, of the same project. `isOurs` is asked at each event, and may be another function each time.
 */
export function useWork(isOurs: (work: Work) => boolean): IFollowed {
  const mlops = useMLOps();
  const [, draw] = useState(0);
  const follower = useMemo(() => new Follower(mlops, () => draw(count => count + 1)), [mlops]);
  const ours = useRef(isOurs);
  ours.current = isOurs;
  useEffect(() => follower.attach(work => ours.current(work)), [follower]);
  return follower;
}

class Follower implements IFollowed {
  constructor(
    private readonly mlops: IMLOps,
    private readonly draw: () => void
  ) {}

  work: Work | null = null;
  isEnding = false;

  get isBusy(): boolean {
    return this.isAsking || (this.work !== null && goesOn(this.work));
  }

  get problem(): IProblem | null {
    return this.failure ?? problemOf(this.work);
  }

  /** Hear of works until the returned function is called. */
  attach(isMeant: (work: Work) => boolean): () => void {
    const isOurs = (work: Work): boolean => work.folder === this.mlops.project && isMeant(work);
    const hear = (_: IMLOps, work: Work): void => {
      if (work.id === this.work?.id) {
        this.set(goesOn(work) ? work : { ...work, result: work.result ?? this.work.result });
      } else if (goesOn(work) && isOurs(work)) {
        this.adopt(work);
      }
    };
    const look = (): void => {
      if (this.isUnheard && this.mlops.state === 'ok') {
        this.forgive();
        void this.find(isOurs);
      }
    };
    this.mlops.workChanged.connect(hear);
    this.mlops.stateChanged.connect(look);
    void this.find(isOurs);
    return () => {
      this.mlops.workChanged.disconnect(hear);
      this.mlops.stateChanged.disconnect(look);
    };
  }

  readonly start = async (begin: () => Promise<Work>): Promise<Work | null> => {
    this.isAsking = true;
    this.work = null;
    this.forgive();
    try {
      const work = await begin();
      this.isAsking = false;
      return await this.follow(work);
    } catch (error) {
      this.fail(error);
      return null;
    } finally {
      this.isAsking = false;
      this.draw();
    }
  };

  readonly cancel = (): void => {
    const { work } = this;
    if (work && goesOn(work)) {
      this.isEnding = true;
      this.draw();
      this.mlops.post('/work/{work}/cancel', { names: { work: work.id } }).catch(error => {
        this.isEnding = false;
        this.fail(error);
      });
    }
  };

  readonly clear = (): void => {
    if (!this.isBusy) {
      this.work = null;
      this.forgive();
    }
  };

  private async find(isOurs: (work: Work) => boolean): Promise<void> {
    try {
      const works = await this.mlops.get('/work');
      const found = works.find(work => goesOn(work) && isOurs(work));
      if (found) {
        this.adopt(found);
      }
    } catch {
      return; // what the page asks for itself tells that the server does not answer
    }
  }

  private adopt(work: Work): void {
    if (!this.isBusy) {
      this.forgive();
      this.follow(work).catch(error => this.fail(error));
    }
  }

  private async follow(work: Work): Promise<Work> {
    this.isEnding = false;
    this.set(work);
    let ended = goesOn(work) ? await this.mlops.ended(work) : work;
    if (ended.kind && !ended.result && !ended.hint) {
      ended = await this.mlops.get('/work/{work}', { names: { work: work.id } });
    }
    this.isEnding = false;
    if (this.work?.id === work.id) {
      this.set(ended);
    }
    return ended;
  }

  private set(work: Work): void {
    this.work = work;
    this.draw();
  }

  private forgive(): void {
    this.failure = null;
    this.isUnheard = false;
    this.draw();
  }

  private fail(error: unknown): void {
    if (!isAbort(error)) {
      const { message, hint, status } = asRequestError(error);
      const { trans } = this.mlops;
      const isForgotten = this.work !== null && status === 404;
      this.failure = isForgotten
        ? {
            message: trans.__('The Jupyter server was started again while this went on.'),
            hint: trans.__('What is shown is as it is now; begin again what is missing.')
          }
        : { message, hint };
      this.isUnheard = isUnanswered(error);
      this.work = null;
      this.draw();
    }
  }

  private failure: IProblem | null = null;
  private isAsking = false;
  /** It failed as the server did not answer. */
  private isUnheard = false;
}
