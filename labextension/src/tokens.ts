import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { ProjectInfo, RunProgress, Topic, Work } from './entities';
import type { Answer, IAsked, Path } from './request';

/**
 * How the server is: `starting` until it answered for the first time; `slow` while it is being waited for;
 * `disabled` where it runs without our extension; `away` where it cannot be reached; `error` where the
 * project cannot be used.
 */
export type ServerState = 'starting' | 'ok' | 'slow' | 'disabled' | 'away' | 'error';

/** What is wrong, and how to mend it. */
export interface IProblem {
  readonly message: string;
  readonly hint: string;
}

/** The language that JupyterLab is shown in. */
export interface ITongue {
  readonly trans: TranslationBundle;
  /** As browsers take it, such as "pt-BR"; undefined is the browser's own. */
  readonly locale: string | undefined;
}

/** The project that is worked on, and the server that knows of it. */
export interface IMLOps extends ITongue {
  /** Its folder below the server's root, which requests name; '' is that root. */
  readonly project: string;
  /** null until the server answered. */
  readonly info: ProjectInfo | null;
  readonly state: ServerState;
  /** Why the state is not `ok`; null where it is. */
  readonly problem: IProblem | null;
  /** `state`, `problem` or `info` have changed. */
  readonly stateChanged: ISignal<IMLOps, void>;
  /** Another project is worked on: that of the notebook in front. */
  readonly projectChanged: ISignal<IMLOps, string>;
  /** What was shown of these topics is to be asked for again. */
  readonly topicsChanged: ISignal<IMLOps, readonly Topic[]>;
  /** How far each run is that goes on, by its id. */
  readonly progress: ReadonlyMap<string, RunProgress>;
  readonly progressChanged: ISignal<IMLOps, void>;
  /** What takes long has got further, or has ended. */
  readonly workChanged: ISignal<IMLOps, Work>;

  /** Ask; throws a RequestError where there is no answer. */
  get<P extends Path<'get'>>(path: P, asked?: IAsked<P, 'get'>): Promise<Answer<P, 'get'>>;
  /** Have something done; throws a RequestError where it is not. */
  post<P extends Path<'post'>>(path: P, asked?: IAsked<P, 'post'>): Promise<Answer<P, 'post'>>;
  /** Have something removed; throws a RequestError where it is not. */
  delete<P extends Path<'delete'>>(
    path: P,
    asked?: IAsked<P, 'delete'>
  ): Promise<Answer<P, 'delete'>>;
  /** The work once it has ended, well or not; throws a RequestError where nobody knows of it any more. */
  ended(work: Work): Promise<Work>;
  /** Look again whether the server answers. */
  retry(): Promise<void>;
}

export const IMLOps = new Token<IMLOps>(
  'jupyter-mlops:IMLOps',
  'The project that is worked on, and the server that knows of it.'
);

/** The tabs of the panel at the left. */
export const TABS = ['runs', 'pipelines', 'schedules', 'models', 'data'] as const;

export type TabName = (typeof TABS)[number];

/** The panel at the left. */
export interface IMLOpsPanel {
  /** Brings the panel to the front, with that tab, and the focus into it. */
  show(tab: TabName): void;
}

export const IMLOpsPanel = new Token<IMLOpsPanel>(
  'jupyter-mlops:IMLOpsPanel',
  'The panel with runs, pipelines, schedules, models and data.'
);

/** The commands; those that open something take it as an argument of the name in braces. */
export const CommandIDs = {
  showRuns: 'jupyter-mlops:show-runs',
  showPipelines: 'jupyter-mlops:show-pipelines',
  showSchedules: 'jupyter-mlops:show-schedules',
  showModels: 'jupyter-mlops:show-models',
  showData: 'jupyter-mlops:show-data',
  /** {run}: its id. */
  openRun: 'jupyter-mlops:open-run',
  /** {runs}: their ids, two or more. */
  compareRuns: 'jupyter-mlops:compare-runs',
  /** {path}: the notebook; without it the one in front. */
  runHeadless: 'jupyter-mlops:run-headless',
  /** {path}: the notebook; without it the one in front. */
  schedule: 'jupyter-mlops:schedule',
  /** {model}: its name; without it one is chosen. */
  promote: 'jupyter-mlops:promote'
} as const;
