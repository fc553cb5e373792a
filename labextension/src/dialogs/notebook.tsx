import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { NotebookInfo, ScheduleState, SchedulerStatus, Work } from '../entities';
import { why } from '../form/model';
import { ScheduleModel } from '../form/schedule';
import { ScheduleForm, onClock } from '../form/scheduleForm';
import { goesOn } from '../model';
import type { IMLOps } from '../tokens';
import { ask } from './dialog';
import { follow } from './following';
import type { Memory } from './memory';
import { below, nameOf } from './paths';
import { RunModel } from './run';
import { RunForm } from './runForm';
import { offerToSave } from './saving';
import { scheduleCalls } from './scheduling';

/** What else there is to be opened, or is open. */
export interface IOpens {
  run(run: string, project: string): void;
  model(model: string, project: string): void;
  /** The open notebook of that file. */
  at(path: string): NotebookPanel | null;
}

/** What a person does with a notebook as a whole. */
export class NotebookDialogs {
  constructor(
    private _mlops: IMLOps,
    private _memory: Memory,
    private _open: IOpens
  ) {}

  /** Ask with which parameters it is to run headless, run it, and follow that. */
  async run(path: string): Promise<void> {
    const { trans } = this._mlops;
    const name = nameOf(path);
    const title = trans.__('Run %1 headless', name);
    await this._telling(title, async () => {
      if (!(await offerToSave(this._open.at(path), name, trans))) {
        return;
      }
      const info = await this._info(path);
      const model = new RunModel(info, await this._memory.of(path), async (body, draft) => {
        const work = await this._mlops.post('/notebook/run', { body, project: path });
        void this._memory.keep(path, draft);
        this._follow(name, work);
        return work;
      });
      const body = <RunForm model={model} trans={trans} />;
      await ask({ title, accept: trans.__('Start'), model, body, trans });
    });
  }

  /** Follow again those runs that go on since before the page was loaded. */
  async resume(): Promise<void> {
    const works = await this._mlops.get('/work').catch(() => []); // the panel tells what is wrong
    for (const work of works) {
      if (work.verb === 'run' && goesOn(work)) {
        this._follow(nameOf(work.subject), work);
      }
    }
  }

  /** Ask when it is to run, and with which parameters; say when that will be first. */
  async schedule(path: string): Promise<void> {
    const { trans } = this._mlops;
    const name = nameOf(path);
    const title = trans.__('Schedule %1', name);
    await this._telling(title, async () => {
      if (!(await offerToSave(this._open.at(path), name, trans))) {
        return;
      }
      const { folder } = await this._info(path);
      const model = new ScheduleModel(scheduleCalls(this._mlops, folder), below(folder, path));
      const body = <ScheduleForm model={model} trans={trans} />;
      const added = await ask({ title, accept: trans.__('Add the schedule'), model, body, trans });
      if (added) {
        const scheduler = await this._mlops.get('/scheduler', { project: folder });
        this._sayAdded(added, scheduler);
      }
    });
  }

  /** Open the registered model that its runs made; where there are several, one is chosen. */
  async promote(path: string): Promise<void> {
    const { trans } = this._mlops;
    const title = trans.__('Promote a model of %1', nameOf(path));
    await this._telling(title, async () => {
      const { folder, models } = await this._info(path);
      const model = models.length > 1 ? await this._choose(title, models) : (models[0] ?? '');
      if (model) {
        this._open.model(model, folder);
      } else if (!models.length) {
        await this._sayNone(title, path);
      }
    });
  }

  private _follow(name: string, work: Work): void {
    void follow(this._mlops, name, work, (run, project) => this._open.run(run, project));
  }

  private _info(path: string): Promise<NotebookInfo> {
    return this._mlops.get('/notebook', { query: { path }, project: path });
  }

  private async _choose(title: string, models: readonly string[]): Promise<string | null> {
    const { trans } = this._mlops;
    const label = trans.__('Registered model');
    const okLabel = trans.__('Open');
    const { value } = await InputDialog.getItem({ title, label, items: [...models], okLabel });
    return value;
  }

  private async _sayNone(title: string, path: string): Promise<void> {
    const { trans } = this._mlops;
    const run = trans.__('Run headless …');
    const { button } = await showDialog({
      title,
      body: trans.__(
        'No run of this notebook has registered a model. Run it headless with a name in “Register as”, or: %1',
        `jupyter mlops run ${nameOf(path)} --register NAME`
      ),
      buttons: [Dialog.cancelButton({ label: trans.__('Close') }), Dialog.okButton({ label: run })]
    });
    if (button.accept) {
      await this.run(path);
    }
  }

  private _sayAdded({ name, next, when }: ScheduleState, { schedulers }: SchedulerStatus): void {
    const { trans } = this._mlops;
    const first = next
      ? trans.__('%1 is added and runs next on %2', name, onClock(next))
      : trans.__('%1 is added and runs %2', name, when);
    if (schedulers.some(({ alive }) => alive)) {
      Notification.success(`${first}.`, { autoClose: 10_000 });
    } else {
      const start = 'jupyter mlops scheduler start';
      const told = trans.__('%1, once there is a scheduler; start one: %2', first, start);
      Notification.warning(told, { autoClose: false });
    }
  }

  /** Do it; what keeps it from being done is told with its hint. */
  private async _telling(title: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const { problem, hint } = why(error);
      const close = Dialog.okButton({ label: this._mlops.trans.__('Close') });
      await showDialog({ title, body: `${problem}\n${hint}`.trim(), buttons: [close] });
    }
  }
}
