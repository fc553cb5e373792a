import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';

import type { paths } from './entities';
import {
  asRequestError,
  isAbort,
  request,
  type Answer,
  type Cause,
  type IAsked,
  type IMessages,
  type Verb
} from './request';
import type { IProblem } from './tokens';

const SLOW = 5_000; // milliseconds

export interface IConnectionOptions {
  serverSettings: ServerConnection.ISettings;
  trans: TranslationBundle;
  locale?: string;
  /** After so many milliseconds without an answer the server is said to be slow. */
  slow?: number;
  /** After so many milliseconds without an answer nobody waits any longer. */
  patience?: number;
}

/** Why the server cannot be worked with as it is. */
export interface IFailure extends IProblem {
  readonly state: Exclude<Cause, 'refused'>;
}

/** Asks the server, and keeps in mind how it answers. */
export class Connection {
  constructor(private readonly options: IConnectionOptions) {
    this.messages = messagesIn(options.trans);
    const [message, hint] = waitingIn(options.trans);
    this.waiting = { state: 'slow', message, hint };
  }

  /** null while the server answers in good time. */
  get failure(): IFailure | null {
    return this._failure ?? (this._late ? this.waiting : null);
  }

  /** `failure` has changed. */
  get failureChanged(): ISignal<this, void> {
    return this._failureChanged;
  }

  /** Ask; throws a RequestError where there is no answer. */
  async ask<P extends keyof paths, V extends Verb>(
    verb: V,
    path: P,
    asked: IAsked<P, V>
  ): Promise<Answer<P, V>> {
    const { serverSettings, patience, slow = SLOW } = this.options;
    let late = 0;
    const timer = window.setTimeout(() => {
      late = 1;
      this.note(this._failure, this._late + 1);
    }, slow);
    try {
      const answer = await request(verb, path, asked, {
        serverSettings,
        messages: this.messages,
        patience
      });
      this.note(null, this._late - late);
      return answer;
    } catch (caught) {
      const error = asRequestError(caught);
      const { cause, message, hint } = error;
      const failure = cause === 'refused' ? null : { state: cause, message, hint };
      this.note(isAbort(caught) ? this._failure : failure, this._late - late);
      throw caught;
    } finally {
      window.clearTimeout(timer);
    }
  }

  private note(failure: IFailure | null, late: number): void {
    const before = this.failure;
    this._failure = failure;
    this._late = late;
    if (before?.message !== this.failure?.message) {
      this._failureChanged.emit();
    }
  }

  private readonly messages: IMessages;
  private readonly waiting: IFailure;
  private readonly _failureChanged = new Signal<this, void>(this);
  private _failure: IFailure | null = null;
  private _late = 0;
}

function waitingIn(trans: TranslationBundle): readonly [string, string] {
  return [
    trans.__('The server takes long to answer.'),
    trans.__('Go on with your work: what it answers is shown as soon as it comes.')
  ];
}

function messagesIn(trans: TranslationBundle): IMessages {
  return {
    disabled: [
      trans.__('The Jupyter server runs without jupyter-mlops.'),
      trans.__(
        'Enable it with "jupyter server extension enable jupyter_mlops", and start the server again.'
      )
    ],
    slow: [
      trans.__('The server did not answer in time.'),
      trans.__('Try again; if it is the tracking server that is slow, try again later.')
    ],
    away: [
      trans.__('The Jupyter server cannot be reached.'),
      trans.__('See whether it still runs, and try again.')
    ],
    denied: [
      trans.__('The Jupyter server does not let you in.'),
      trans.__('Log in again: reload the page.')
    ]
  };
}
