import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import { Records } from './records';

/** What is on the record of each open notebook. */
export interface IShelf {
  /** Of the notebook in front; null where none is. */
  readonly current: Records | null;
  /** Another notebook is in front, or more is known of it. */
  readonly currentChanged: ISignal<IShelf, void>;
  /** Of each notebook that is open; called at once for those, and later for each that is opened. */
  each(call: (records: Records) => void): void;
}

export const IShelf = new Token<IShelf>(
  'jupyter-mlops:IShelf',
  'What is on the record of each open notebook.'
);

/** Keeps the records of the notebooks that a tracker knows. */
export class Shelf implements IShelf {
  constructor(
    private _tracker: INotebookTracker,
    private _make: (panel: NotebookPanel) => Records
  ) {
    _tracker.forEach(panel => this._add(panel));
    _tracker.widgetAdded.connect((_, panel) => this._add(panel));
    _tracker.currentChanged.connect(() => {
      this.current?.wake();
      this._currentChanged.emit();
    });
  }

  get current(): Records | null {
    const panel = this._tracker.currentWidget;
    return panel ? (this._records.get(panel) ?? null) : null;
  }

  get currentChanged(): ISignal<this, void> {
    return this._currentChanged;
  }

  each(call: (records: Records) => void): void {
    this._calls.push(call);
    this._records.forEach(records => call(records));
  }

  /** Of the notebook with this content. */
  of(content: NotebookPanel['content']): Records | null {
    return [...this._records.values()].find(({ panel }) => panel.content === content) ?? null;
  }

  private _add(panel: NotebookPanel): void {
    const records = this._make(panel);
    this._records.set(panel, records);
    panel.disposed.connect(() => this._records.delete(panel));
    records.changed.connect(() => {
      if (records === this.current) {
        this._currentChanged.emit();
      }
    });
    this._calls.forEach(call => call(records));
  }

  private _calls: ((records: Records) => void)[] = [];
  private _currentChanged = new Signal<this, void>(this);
  private _records = new Map<NotebookPanel, Records>();
}
