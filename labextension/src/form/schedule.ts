import type { AddSchedule, FormField, ScheduleForm, ScheduleState, WhenPreview } from '../entities';
import { FormModel } from './model';
import { changed, type Texts } from './parameters';

export type Mode = 'cron' | 'every' | 'data';

export interface IWhen {
  mode: Mode;
  when: string;
  timezone: string;
}

/** What the form asks the server. */
export interface IScheduleCalls {
  choices(): Promise<ScheduleForm>;
  /** The typed parameters of a notebook below the project's folder. */
  fields(notebook: string): Promise<{ fields: readonly FormField[]; note: string }>;
  preview(asked: IWhen): Promise<WhenPreview>;
  add(asked: AddSchedule): Promise<ScheduleState>;
}

export interface IScheduleDraft extends IWhen {
  what: string;
  name: string;
  overlap: string;
  misfire: string;
  retries: string;
  registerAs: string;
  texts: Texts;
  fields: readonly FormField[];
  note: string;
  choices: ScheduleForm | null;
  preview: WhenPreview | null;
}

const TYPING = 250; // milliseconds without a key after which it is asked what that would mean

/** A schedule that is being filled in; `what` is fixed where it is given. */
export class ScheduleModel extends FormModel<IScheduleDraft, ScheduleState> {
  constructor(
    private _calls: IScheduleCalls,
    readonly fixed = ''
  ) {
    super({
      ...{ what: fixed, name: '', overlap: 'skip', misfire: 'latest', retries: '0' },
      ...{ mode: 'cron', when: '', timezone: ownZone(), registerAs: '', texts: {}, fields: [] },
      ...{ note: '', choices: null, preview: null }
    });
  }

  /** Look up what there is to choose from, and the parameters of what runs. */
  async load(): Promise<void> {
    try {
      const [choices] = await Promise.all([this._calls.choices(), this._describe()]);
      this.update({ choices });
    } catch (error) {
      this.complain(error);
    }
  }

  /** Choose what runs. */
  async choose(what: string): Promise<void> {
    this.update({ what, fields: [], note: '', texts: {} }, ':what');
    try {
      await this._describe();
    } catch (error) {
      this.complain(error);
    }
  }

  /** Change when it runs; what that means is told once no key has been pressed for a moment. */
  change(patch: Partial<IWhen>): void {
    const isOther = patch.mode !== undefined && patch.mode !== this.state.mode;
    const when = isOther ? { when: '' } : {}; // what was typed means nothing there
    this.update({ ...patch, ...when, preview: null }, 'timezone' in patch ? ':timezone' : ':when');
    clearTimeout(this._waits);
    this._waits = setTimeout(() => void this._look(), TYPING);
  }

  dispose(): void {
    clearTimeout(this._waits);
  }

  protected async send(): Promise<ScheduleState> {
    const { what, name, overlap, misfire, retries, registerAs, fields, texts } = this.state;
    return this._calls.add({
      ...this._when(),
      ...{ what, name, overlap, misfire, retries: Number(retries) },
      parameters: changed(fields, texts),
      register_as: registerAs.trim() || null
    });
  }

  private _when(): IWhen {
    const { mode, when, timezone } = this.state;
    return { mode, when, timezone: mode === 'cron' ? timezone : '' };
  }

  private async _describe(): Promise<void> {
    const { what } = this.state;
    if (!what.endsWith('.ipynb')) {
      return;
    }
    const { fields, note } = await this._calls.fields(what);
    if (what === this.state.what) {
      this.update({ fields, note });
    }
  }

  private async _look(): Promise<void> {
    const asked = this._when();
    if (!asked.when.trim()) {
      return;
    }
    try {
      const preview = await this._calls.preview(asked);
      if (JSON.stringify(asked) === JSON.stringify(this._when())) {
        this.update({ preview });
      }
    } catch (error) {
      this.complain(error);
    }
  }

  private _waits: ReturnType<typeof setTimeout> | undefined;
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
