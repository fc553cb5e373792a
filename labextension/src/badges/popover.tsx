import { ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { ITongue } from '../tokens';
import type { Badge } from './badge';
import { Details } from './details';

const GAP = 4; // pixels

/** What a badge opens; it goes with Escape, with a click elsewhere, and with the focus. */
export class Popover extends ReactWidget {
  constructor(
    private _badge: Badge,
    private _openRun: (run: string) => void,
    private _tongue: ITongue
  ) {
    super();
    this.addClass('jp-MLOps-popover');
    this.addClass('jp-ThemedContainer');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', _badge.said?.name ?? '');
    _badge.disposed.connect(this.dispose, this);
  }

  /** Show what a badge has to tell. */
  static open(badge: Badge, openRun: (run: string) => void, tongue: ITongue): Popover {
    const made = new Popover(badge, openRun, tongue);
    Widget.attach(made, document.body);
    return made;
  }

  handleEvent(event: Event): void {
    if (event.type === 'keydown') {
      if ((event as KeyboardEvent).key === 'Escape') {
        event.stopPropagation();
        this.dispose();
        this._badge.button.focus();
      }
      return;
    }
    const isLeft = event.type === 'focusout';
    const at = (isLeft ? (event as FocusEvent).relatedTarget : event.target) as Node | null;
    if (!this.node.contains(at) && !(isLeft && !at) && !this._badge.node.contains(at)) {
      this.dispose();
    }
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._badge.button.setAttribute('aria-expanded', 'false');
      this._badge.disposed.disconnect(this.dispose, this);
      super.dispose();
    }
  }

  protected render(): JSX.Element | null {
    const { record, said } = this._badge;
    if (!record || !said) {
      return null;
    }
    const open = (): void => {
      this.dispose();
      this._openRun(record.run_id);
    };
    const onDrawn = (): void => this._place();
    return <Details {...{ record, said, onDrawn }} onOpen={open} tongue={this._tongue} />;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._badge.button.setAttribute('aria-expanded', 'true');
    this.node.addEventListener('keydown', this);
    this.node.addEventListener('focusout', this);
    document.addEventListener('pointerdown', this, true);
    document.addEventListener('wheel', this, { capture: true, passive: true });
  }

  protected override onBeforeDetach(msg: Message): void {
    super.onBeforeDetach(msg);
    document.removeEventListener('pointerdown', this, true);
    document.removeEventListener('wheel', this, true);
  }

  private _place(): void {
    if (this.isDisposed) {
      return;
    }
    const { left, top, bottom } = this._badge.button.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = this.node;
    const fits = bottom + GAP + offsetHeight <= window.innerHeight;
    style.left = `${Math.max(GAP, Math.min(left, window.innerWidth - offsetWidth - GAP))}px`;
    style.top = `${fits ? bottom + GAP : Math.max(GAP, top - GAP - offsetHeight)}px`;
    this.node.querySelector('button')?.focus();
  }
}
