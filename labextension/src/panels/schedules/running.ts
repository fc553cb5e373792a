import type { FormField, Schedule, Slot } from '../../entities';
import { FormModel } from '../../form/model';
import { changed, type Texts } from '../../form/parameters';

export interface IRunNowDraft {
  readonly fields: readonly FormField[];
  readonly note: string;
  readonly texts: Texts;
}

/** A run of a schedule, asked for by hand, whose parameters are being filled in. */
export class RunNowModel extends FormModel<IRunNowDraft, Slot> {
  constructor(
    told: Pick<IRunNowDraft, 'fields' | 'note'>,
    private _run: (parameters: Record<string, string>) => Promise<Slot>
  ) {
    super({ ...told, texts: {} });
  }

  type(name: string, text: string): void {
    this.update({ texts: { ...this.state.texts, [name]: text } }, name);
  }

  protected send(): Promise<Slot> {
    return this._run(changed(this.state.fields, this.state.texts));
  }
}

/** The fields of its notebook with what the schedule itself says in them. */
export function ownFields(fields: readonly FormField[], schedule: Schedule): FormField[] {
  const own = schedule.parameters ?? {};
  return fields.map(field =>
    field.name in own ? { ...field, text: textOf(own[field.name]) } : field
  );
}

/** A value as a person types it for Python. */
function textOf(value: unknown): string {
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (value === null) {
    return 'None';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
