import type { FormField, NotebookInfo, Work } from '../entities';
import { FormModel } from '../form/model';
import { changed, type Texts } from '../form/parameters';
import type { IRemembered } from './memory';

export interface IRunDraft extends IRemembered {
  fields: readonly FormField[];
  experiments: readonly string[];
  note: string;
}

/** What is asked of the server: parameters that differ from the notebook's own, as typed. */
export interface IRunAsked {
  path: string;
  parameters: Record<string, string>;
  experiment: string | null;
  register_as: string | null;
}

/** A headless run that is being filled in. */
export class RunModel extends FormModel<IRunDraft, Work> {
  constructor(
    readonly info: NotebookInfo,
    last: IRemembered,
    private _start: (asked: IRunAsked, draft: IRemembered) => Promise<Work>
  ) {
    const { fields, experiments, note } = info;
    super({ fields, experiments, note, ...last, texts: fitting(fields, last.texts) });
  }

  type(name: string, text: string): void {
    this.update({ texts: { ...this.state.texts, [name]: text } }, name);
  }

  /** Whether something else than the notebook's own parameters would be used. */
  get isChanged(): boolean {
    return Object.keys(changed(this.state.fields, this.state.texts)).length > 0;
  }

  reset(): void {
    this.update({ texts: {} });
  }

  protected send(): Promise<Work> {
    const { fields, texts, experiment, registerAs } = this.state;
    const asked = {
      path: this.info.path,
      parameters: changed(fields, texts),
      experiment: experiment.trim() || null,
      register_as: registerAs.trim() || null
    };
    return this._start(asked, { texts: asked.parameters, experiment, registerAs });
  }
}

/** What was typed the last time, as far as the notebook still has such a parameter. */
function fitting(fields: readonly FormField[], texts: Texts): Texts {
  const names = new Set(fields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(texts).filter(([name]) => names.has(name)));
}
