import { Signal, type ISignal } from '@lumino/signaling';

import type { Texts } from './parameters';

/** What every form knows beside what is filled in. */
export interface ITold {
  /** By field what is wrong with it; the form's own fields begin with a colon, as no parameter does. */
  wrong: Texts;
  problem: string;
  hint: string;
  busy: boolean;
  /** How many times it was not taken. */
  refused: number;
}

const NOTHING = { wrong: {}, problem: '', hint: '', busy: false };

/** What is filled in, and how the server takes it. */
export abstract class FormModel<State extends object, Answer> {
  constructor(state: State) {
    this._state = { ...state, ...NOTHING, refused: 0 };
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): Readonly<State & ITold> {
    return this._state;
  }

  /** Put `patch` in; what was wrong with `field` is no more told. */
  update(patch: Partial<State>, field = ''): void {
    this._put({ ...patch, ...(field ? { wrong: { ...this._state.wrong, [field]: '' } } : {}) });
  }

  /** Send it; null where it is not taken, and the form tells why. */
  async submit(): Promise<Answer | null> {
    if (this._state.busy) {
      return null;
    }
    this._put({ ...NOTHING, busy: true });
    try {
      const answer = await this.send();
      this._put({ busy: false });
      return answer;
    } catch (error) {
      this._put({ ...why(error), busy: false, refused: this._state.refused + 1 });
      return null;
    }
  }

  protected abstract send(): Promise<Answer>;

  /** Tell why something could not be looked up. */
  protected complain(error: unknown): void {
    const { problem, hint } = why(error);
    this._put({ problem, hint });
  }

  private _put(patch: Partial<State> | Partial<ITold>): void {
    this._state = { ...this._state, ...patch };
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _state: State & ITold;
}

/** What an error of the server says. */
export function why(error: unknown): Pick<ITold, 'wrong' | 'problem' | 'hint'> {
  const told = (error ?? {}) as { message?: unknown; hint?: unknown; wrong?: Texts | null };
  return {
    wrong: told.wrong ?? {},
    problem: String(told.message ?? error),
    hint: typeof told.hint === 'string' ? told.hint : ''
  };
}
