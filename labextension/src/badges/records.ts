import type { NotebookPanel } from '@jupyterlab/notebook';
import { Throttler } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { NotebookBadges } from '../entities';
import type { IMLOps } from '../tokens';

const PAUSE = 500; // milliseconds: what comes within them is asked for once

/** What is on the record of one open notebook, asked for again when that may have changed. */
export class Records implements IDisposable {
  constructor(
    readonly panel: NotebookPanel,
    private _mlops: IMLOps,
    private _path: () => string
  ) {
    this._asks = new Throttler(() => this._ask(), { limit: PAUSE, edge: 'trailing' });
    _mlops.progressChanged.connect(this._onProgress, this);
    _mlops.topicsChanged.connect(this._onTopics, this);
    _mlops.stateChanged.connect(this._onState, this);
    panel.context.pathChanged.connect(this._forget, this);
    panel.disposed.connect(this.dispose, this);
    void panel.context.ready.then(() => this.refresh());
  }

  /** null where nothing is known: it was not asked yet, or the server is not there. */
  get known(): NotebookBadges | null {
    return this._known;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask again, soon; of a notebook that is not seen, once it is. */
  refresh(): void {
    this._isStale = !this.panel.isVisible;
    if (!this._isDisposed && !this._isStale) {
      this._asks.invoke().catch(() => undefined); // it is disposed of meanwhile
    }
  }

  /** The notebook is seen now. */
  wake(): void {
    if (this._isStale) {
      this.refresh();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._asks.dispose();
    this._mlops.progressChanged.disconnect(this._onProgress, this);
    this._mlops.topicsChanged.disconnect(this._onTopics, this);
    this._mlops.stateChanged.disconnect(this._onState, this);
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    const path = this._path();
    if (this._mlops.state === 'disabled' || !path) {
      return;
    }
    try {
      const known = await this._mlops.get('/notebook/badges', { query: { path }, project: path });
      if (path === this._path()) {
        this._put(known);
      }
    } catch {
      // the panel at the left tells what is wrong: a notebook stays as it is
    }
  }

  private _put(known: NotebookBadges | null): void {
    if (!this._isDisposed && JSON.stringify(known) !== JSON.stringify(this._known)) {
      this._known = known;
      this._changed.emit();
    }
  }

  private _forget(): void {
    this._put(null);
    this.refresh();
  }

  /** What goes on may be a run of this notebook that has come to its next cell. */
  private _onProgress(): void {
    const { progress } = this._mlops;
    const cells = this._known?.cells ?? [];
    if (progress.size && (!cells.length || cells.some(({ run_id }) => progress.has(run_id)))) {
      this.refresh();
    }
  }

  private _onTopics(_: unknown, topics: readonly string[]): void {
    if (topics.includes('runs')) {
      this.refresh();
    }
  }

  private _onState(): void {
    if (this._mlops.state === 'ok' && this._known === null) {
      this.refresh();
    }
  }

  private _asks: Throttler<void>;
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _isStale = false;
  private _known: NotebookBadges | null = null;
}
