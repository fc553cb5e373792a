import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { Connection, type IConnectionOptions } from './connection';
import type {
  Change,
  ProjectInfo,
  RunProgress,
  RunStatus,
  Topic,
  Work,
  WorkState
} from './entities';
import { Events, TOPICS } from './events';
import { asRequestError, isUnanswered, type Answer, type IAsked, type Path } from './request';
import type { IMLOps, IProblem, ServerState } from './tokens';

const LOOKS = [1_000, 2_000, 4_000, 8_000]; // milliseconds between looks at a work, should no event come

const ENDED: Partial<Record<RunStatus, WorkState>> = {
  FINISHED: 'done',
  FAILED: 'failed',
  KILLED: 'cancelled'
};

/** Whether it has still to end. */
export function goesOn({ state }: Work): boolean {
  return state === 'waiting' || state === 'running';
}

/** The project of the notebook in front, and all that is known of it without being asked for. */
export class Model implements IMLOps, IDisposable {
  constructor(private readonly options: IConnectionOptions) {
    this.trans = options.trans;
    this.locale = options.locale;
    this.connection = new Connection(options);
    this.connection.failureChanged.connect(() => this._stateChanged.emit());
    this.events = this.listen('');
  }

  readonly trans: TranslationBundle;
  readonly locale: string | undefined;

  get project(): string {
    return this.events.project;
  }

  get info(): ProjectInfo | null {
    return this._info;
  }

  get state(): ServerState {
    const { failure } = this.connection;
    if (failure) {
      return failure.state;
    }
    if (this.problem) {
      return 'error';
    }
    return this._info === null ? 'starting' : 'ok';
  }

  get problem(): IProblem | null {
    return this.connection.failure ?? this._unusable ?? this._unseen;
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get projectChanged(): ISignal<this, string> {
    return this._projectChanged;
  }

  get topicsChanged(): ISignal<this, readonly Topic[]> {
    return this._topicsChanged;
  }

  get progress(): ReadonlyMap<string, RunProgress> {
    return this._progress;
  }

  get progressChanged(): ISignal<this, void> {
    return this._progressChanged;
  }

  get workChanged(): ISignal<this, Work> {
    return this._workChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.events.dispose();
    Signal.clearData(this);
  }

  get<P extends Path<'get'>>(path: P, asked: IAsked<P, 'get'> = {}): Promise<Answer<P, 'get'>> {
    return this.connection.ask('get', path, { project: this.project, ...asked });
  }

  post<P extends Path<'post'>>(path: P, asked: IAsked<P, 'post'> = {}): Promise<Answer<P, 'post'>> {
    return this.connection.ask('post', path, { project: this.project, ...asked });
  }

  delete<P extends Path<'delete'>>(
    path: P,
    asked: IAsked<P, 'delete'> = {}
  ): Promise<Answer<P, 'delete'>> {
    return this.connection.ask('delete', path, { project: this.project, ...asked });
  }

  /** Work on the project of that folder or notebook, a path below the server's root; '' is the root. */
  async open(path: string): Promise<void> {
    this._place = path;
    const turn = ++this._turn;
    let info: ProjectInfo | null = this._info;
    let unusable: IProblem | null = null;
    try {
      info = await this.find(path);
      unusable = info.problem ? { message: info.problem, hint: info.hint } : null;
    } catch (caught) {
      const error = asRequestError(caught);
      if (error.cause !== 'refused') {
        return; // the connection tells
      }
      unusable = error;
    }
    if (path === this._place && turn > this._accepted && !this._isDisposed) {
      this._accepted = turn;
      this.accept(info, unusable);
    }
  }

  async retry(): Promise<void> {
    this.events.retry();
    await this.open(this._place);
    this._topicsChanged.emit(TOPICS);
  }

  async ended(work: Work): Promise<Work> {
    let known = work;
    let told: () => void = () => undefined;
    const hear = (_: unknown, changed: Work): void => {
      if (changed.id === work.id) {
        known = changed;
        told();
      }
    };
    this._workChanged.connect(hear);
    try {
      for (let look = 0; goesOn(known); look++) {
        const pause = LOOKS[Math.min(look, LOOKS.length - 1)];
        await new Promise<void>(resolve => {
          told = resolve;
          window.setTimeout(resolve, pause);
        });
        if (goesOn(known)) {
          known = await this.look(known);
        }
      }
      return known;
    } finally {
      this._workChanged.disconnect(hear);
    }
  }

  /** The work as it is now; as it was, while the server cannot be reached. */
  private async look(work: Work): Promise<Work> {
    try {
      return await this.get('/work/{work}', { names: { work: work.id }, project: work.folder });
    } catch (error) {
      if (isUnanswered(error)) {
        return work;
      }
      const known = await this.lookAtRun(work);
      if (known) {
        return known;
      }
      throw error;
    }
  }

  /** The same by its run, which outlives a server that is started again; null where there is no such run. */
  private async lookAtRun(work: Work): Promise<Work | null> {
    if (!work.run_id) {
      return null;
    }
    try {
      const asked = { names: { run: work.run_id }, project: work.folder };
      const { run } = await this.get('/runs/{run}', asked);
      const state = ENDED[run.status];
      return state ? { ...work, state, problem: run.error ?? '', hint: '' } : work;
    } catch (error) {
      return isUnanswered(error) ? work : null;
    }
  }

  /** The project of that path, or of the folder that it was in, should it be there no more. */
  private async find(path: string): Promise<ProjectInfo> {
    try {
      return await this.get('/project', { project: path });
    } catch (error) {
      const { cause, status } = asRequestError(error);
      if (cause === 'refused' && status === 404 && path) {
        return this.find(PathExt.dirname(path));
      }
      throw error;
    }
  }

  private accept(info: ProjectInfo | null, unusable: IProblem | null): void {
    this._info = info;
    this._unusable = unusable;
    const project = info?.folder ?? '';
    if (project !== this.project) {
      this.events.dispose();
      this.events = this.listen(project);
      this._progress = new Map();
      this._unseen = null;
      this._projectChanged.emit(project);
    }
    this._stateChanged.emit();
  }

  private listen(project: string): Events {
    const events = new Events(project, { serverSettings: this.options.serverSettings });
    events.changed.connect((_, change) => this.hear(change));
    events.connectedChanged.connect((_, connected) => {
      const isLost = this.state === 'away' || this.state === 'disabled';
      if (connected ? isLost : !document.hidden) {
        void this.open(this._place);
      }
    });
    return events;
  }

  private hear(change: Change): void {
    if (change.progress) {
      this._progress = new Map(change.progress.map(each => [each.run_id, each]));
      this._progressChanged.emit();
    }
    if (change.work) {
      this._workChanged.emit(change.work);
    }
    if (change.topics?.length) {
      this._topicsChanged.emit(change.topics);
    }
    if (change.topics?.includes('config')) {
      void this.open(this._place);
    }
    if (typeof change.problem === 'string') {
      const hint = this.trans.__(
        'Until this is mended, what is shown does not follow what changes.'
      );
      this._unseen = change.problem ? { message: change.problem, hint } : null;
      this._stateChanged.emit();
    }
  }

  private readonly connection: Connection;
  private readonly _progressChanged = new Signal<this, void>(this);
  private readonly _projectChanged = new Signal<this, string>(this);
  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _topicsChanged = new Signal<this, readonly Topic[]>(this);
  private readonly _workChanged = new Signal<this, Work>(this);
  private events: Events;
  private _accepted = 0;
  private _info: ProjectInfo | null = null;
  private _isDisposed = false;
  private _place = '';
  private _progress: ReadonlyMap<string, RunProgress> = new Map();
  private _turn = 0;
  private _unseen: IProblem | null = null;
  private _unusable: IProblem | null = null;
}
