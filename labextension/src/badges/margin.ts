import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { PanelLayout } from '@lumino/widgets';

import type { CellBadge } from '../entities';
import type { ITongue } from '../tokens';
import { Badge } from './badge';
import { Popover } from './popover';
import type { Records } from './records';
import { say } from './words';

const TYPING = 300; // milliseconds without a key after which it is looked what was edited
const INPUT = 'jp-Cell-inputWrapper';

/**
 * The badges of one notebook. They are widgets beside the input of a cell: the document never hears of them.
 * A cell that is not drawn yet gets its badge when it is; one that was moved is a new widget.
 */
export class Margin implements IDisposable {
  constructor(
    private _records: Records,
    private _openRun: (run: string) => void,
    private _tongue: ITongue
  ) {
    this._draws = new Debouncer(() => this._draw(), TYPING);
    this._panel = _records.panel;
    _records.changed.connect(this._draw, this);
    this._panel.content.modelChanged.connect(this._onModel, this);
    this._onModel();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._draws.dispose();
    this._records.changed.disconnect(this._draw, this);
    this._panel.content?.modelChanged.disconnect(this._onModel, this);
    this._letGo();
    for (const badge of this._badges.values()) {
      badge.dispose();
    }
  }

  /** Show what the badge of this cell has to tell; false where it has none. */
  open(cell: Cell): boolean {
    const badge = this._badges.get(cell);
    if (badge) {
      this._toggle(badge);
    }
    return badge !== undefined;
  }

  private get _model(): NotebookPanel['content']['model'] {
    return this._panel.content?.model ?? null;
  }

  private _onModel(): void {
    this._letGo();
    this._heard = this._model;
    this._model?.cells.changed.connect(this._soon, this);
    this._model?.contentChanged.connect(this._soon, this);
    this._draw();
  }

  private _letGo(): void {
    this._heard?.cells.changed.disconnect(this._soon, this);
    this._heard?.contentChanged.disconnect(this._soon, this);
    this._heard = null;
  }

  private _soon(): void {
    if (!this._isDisposed) {
      this._draws.invoke().catch(() => undefined); // it is disposed of meanwhile
    }
  }

  private _draw(): void {
    if (this._isDisposed || this._panel.isDisposed) {
      return;
    }
    const known = new Map(this._records.known?.cells.map(cell => [cell.cell_id, cell]));
    for (const cell of this._panel.content.widgets) {
      const record = known.get(cell.model.id);
      if (record && cell.model.type === 'code') {
        try {
          this._tell(cell, record);
        } catch (error) {
          console.error(error); // the other cells have theirs all the same
        }
      } else {
        this._badges.get(cell)?.dispose();
      }
    }
  }

  private _tell(cell: Cell, record: CellBadge): void {
    const said = say(record, cell.model.sharedModel.getSource(), this._tongue);
    (this._badges.get(cell) ?? this._add(cell)).tell(record, said);
  }

  private _add(cell: Cell): Badge {
    const badge = new Badge(one => this._toggle(one));
    this._badges.set(cell, badge);
    const forget = (): void => badge.dispose();
    cell.disposed.connect(forget);
    badge.disposed.connect(() => {
      cell.disposed.disconnect(forget);
      this._badges.delete(cell);
    });
    void cell.ready.then(() => {
      if (!badge.isDisposed && !cell.isDisposed) {
        const layout = cell.layout as PanelLayout;
        const input = layout.widgets.findIndex(widget => widget.hasClass(INPUT));
        layout.insertWidget(input + 1, badge);
      }
    });
    return badge;
  }

  private _toggle(badge: Badge): void {
    const isOpen = badge.button.getAttribute('aria-expanded') === 'true';
    this._popover?.dispose();
    this._popover = isOpen ? null : Popover.open(badge, this._openRun, this._tongue);
  }

  private _badges = new Map<Cell, Badge>();
  private _draws: Debouncer<void>;
  private _heard: NotebookPanel['content']['model'] = null;
  private _isDisposed = false;
  private _panel: NotebookPanel;
  private _popover: Popover | null = null;
}
