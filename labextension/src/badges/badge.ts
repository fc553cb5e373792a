import { Widget } from '@lumino/widgets';

import type { CellBadge } from '../entities';
import type { ISaid } from './words';

const BUTTON = 'jp-MLOps-badgeButton';

/** What is on the record of one cell, in a line below its input: a button that opens the rest. */
export class Badge extends Widget {
  constructor(private _open: (badge: Badge) => void) {
    super();
    this.addClass('jp-MLOps-badge');
    this.button = document.createElement('button');
    this.button.type = 'button';
    this.button.setAttribute('aria-haspopup', 'dialog');
    this.button.setAttribute('aria-expanded', 'false');
    this.node.append(this.button);
  }

  readonly button: HTMLButtonElement;

  get record(): CellBadge | null {
    return this._record;
  }

  get said(): ISaid | null {
    return this._said;
  }

  /** Say what `said` has of `record`; nothing is touched where that is said already. */
  tell(record: CellBadge, said: ISaid): void {
    const same = JSON.stringify(said) === JSON.stringify(this._said);
    this._record = record;
    this._said = said;
    if (same) {
      return;
    }
    const { button } = this;
    button.setAttribute('aria-label', said.name);
    button.className = `${BUTTON} jp-mod-${said.tone}`;
    button.replaceChildren(...parts(said));
  }

  handleEvent(event: Event): void {
    if (event.type === 'click') {
      this._open(this);
    } else {
      event.stopPropagation(); // a press selects no cell and begins no drag
    }
  }

  protected override onAfterAttach(): void {
    this.button.addEventListener('click', this);
    this.node.addEventListener('mousedown', this);
  }

  protected override onBeforeDetach(): void {
    this.button.removeEventListener('click', this);
    this.node.removeEventListener('mousedown', this);
  }

  private _record: CellBadge | null = null;
  private _said: ISaid | null = null;
}

function parts(said: ISaid): HTMLElement[] {
  const { metric } = said;
  const change = metric?.better ? 'better' : metric?.better === false ? 'worse' : 'change';
  const made = [
    part('mark', said.mark),
    part('run', said.run),
    part('duration', said.duration),
    part('metric', metric?.text ?? ''),
    part(change, metric?.change ?? ''),
    part('warning', said.warning)
  ];
  return made.filter(one => one.textContent !== '');
}

function part(kind: string, text: string): HTMLElement {
  const made = document.createElement('span');
  made.className = `jp-MLOps-badge-${kind}`;
  made.textContent = text;
  return made;
}
