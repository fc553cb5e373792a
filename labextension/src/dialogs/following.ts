import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { RunProgress, Work } from '../entities';
import { goesOn } from '../model';
import type { IMLOps } from '../tokens';
import { why } from '../form/model';

/** What a notification of a run says. */
export interface ITold {
  message: string;
  type: Notification.TypeOptions;
  /** From 0 to 1, while it goes on. */
  progress?: number;
}

const LOOKED_AT = 10_000; // milliseconds that the last word stays
const SEEN = 140; // characters of a message that JupyterLab shows

/** How far a run of `name` is, or how it ended. */
export function tell(
  name: string,
  work: Work,
  progress: RunProgress | undefined,
  trans: TranslationBundle
): ITold {
  if (goesOn(work)) {
    const { done = 0, cells = 0, cell = null } = progress ?? {};
    const far = cells
      ? trans.__('cell %1 of %2', cell ?? Math.min(done + 1, cells), cells)
      : work.said || trans.__('starting …');
    const type = 'in-progress';
    return { message: `${name}: ${far}`, type, progress: cells ? done / cells : 0 };
  }
  if (work.state === 'cancelled') {
    return { message: trans.__('%1 was cancelled.', name), type: 'warning' };
  }
  if (work.state === 'failed') {
    return { message: trans.__('%1 failed: %2', name, reason(work, trans)), type: 'error' };
  }
  return { message: trans.__('%1 finished.', name), type: 'success' };
}

/** Why it failed, with how to mend that. */
function reason(
  { problem, hint }: Pick<Work, 'problem' | 'hint'>,
  trans: TranslationBundle
): string {
  return hint ? trans.__('%1 (%2)', problem, hint) : problem;
}

/** Follow a run by a notification until it has ended, with a button that opens it and one that ends it. */
export async function follow(
  mlops: IMLOps,
  name: string,
  work: Work,
  openRun: (run: string, project: string) => void
): Promise<Work> {
  const follower = new Follower(mlops, name, work, openRun);
  mlops.workChanged.connect(follower.hear, follower);
  mlops.progressChanged.connect(follower.draw, follower);
  mlops.stateChanged.connect(follower.draw, follower);
  try {
    follower.put(await mlops.ended(work));
  } catch (error) {
    follower.put(failed(follower.work, error));
  } finally {
    mlops.stateChanged.disconnect(follower.draw, follower);
    mlops.workChanged.disconnect(follower.hear, follower);
    mlops.progressChanged.disconnect(follower.draw, follower);
  }
  return follower.work;
}

function failed(work: Work, error: unknown): Work {
  const { problem, hint } = why(error);
  return { ...work, state: 'failed', problem, hint };
}

class Follower {
  constructor(
    private _mlops: IMLOps,
    private _name: string,
    public work: Work,
    private _openRun: (run: string, project: string) => void
  ) {
    this.draw();
  }

  put(work: Work): void {
    this.work = work;
    this.draw();
  }

  hear(_: unknown, changed: Work): void {
    if (changed.id === this.work.id) {
      this.put(changed);
    }
  }

  draw(): void {
    const { work } = this;
    const progress = work.run_id ? this._mlops.progress.get(work.run_id) : undefined;
    const told = tell(this._name, work, progress, this._mlops.trans);
    if (goesOn(work) && this._mlops.state === 'away') {
      told.message = this._mlops.trans.__('%1: waiting for the Jupyter server …', this._name);
    }
    const key = JSON.stringify([told, work.run_id]);
    if (key === this._shown) {
      return;
    }
    this._shown = key;
    const { message, type, progress: far } = told;
    this._told = message;
    const autoClose = type === 'success' ? LOOKED_AT : (false as const);
    const options = { actions: this._actions(), autoClose, progress: far };
    if (this._id) {
      Notification.update({ id: this._id, message, type, ...options });
    } else {
      this._id = Notification.emit(message, type, options);
    }
  }

  private _actions(): Notification.IAction[] {
    const { trans } = this._mlops;
    const { run_id, folder } = this.work;
    const open = run_id && {
      label: trans.__('Open'),
      callback: stay(() => this._openRun(run_id, folder))
    };
    const cancel = goesOn(this.work) && {
      label: trans.__('Cancel'),
      callback: stay(() => void this._cancel())
    };
    const explain = this._told.length > SEEN && {
      label: trans.__('Why?'),
      callback: stay(() => void this._explain())
    };
    return [explain, open, cancel].filter(action => typeof action === 'object' && action !== null);
  }

  private async _explain(): Promise<void> {
    const { trans } = this._mlops;
    const title = trans.__('%1 failed', this._name);
    const close = Dialog.okButton({ label: trans.__('Close') });
    await showDialog({ title, body: reason(this.work, trans), buttons: [close] });
  }

  private async _cancel(): Promise<void> {
    const { id, folder } = this.work;
    try {
      this.put(
        await this._mlops.post('/work/{work}/cancel', { names: { work: id }, project: folder })
      );
    } catch (error) {
      Notification.error(reason(why(error), this._mlops.trans));
    }
  }

  private _id = '';
  private _shown = '';
  private _told = '';
}

/** What a button does that leaves its notification where it is. */
function stay(act: () => void): (event: MouseEvent) => void {
  return event => {
    event.preventDefault();
    act();
  };
}
