import type { Cell } from '@jupyterlab/cells';

import type { ITongue } from '../tokens';
import { Margin } from './margin';
import type { Records } from './records';
import type { IShelf } from './shelf';

/** The badges of all open notebooks, as long as they are wanted. */
export class Margins {
  constructor(
    private _shelf: IShelf,
    private _openRun: (run: string) => void,
    private _tongue: ITongue
  ) {
    _shelf.each(records => {
      this._margins.set(records, null);
      records.panel.disposed.connect(() => {
        this._margins.get(records)?.dispose();
        this._margins.delete(records);
      });
      this._draw(records);
    });
  }

  /** Whether badges are shown. */
  set wanted(value: boolean) {
    this._wanted = value;
    [...this._margins.keys()].forEach(records => this._draw(records));
  }

  /** Show what the badge of a cell of the notebook in front has to tell; false where it has none. */
  open(cell: Cell | null): boolean {
    const { current } = this._shelf;
    const margin = current && this._margins.get(current);
    return Boolean(cell && margin?.open(cell));
  }

  private _draw(records: Records): void {
    const margin = this._margins.get(records) ?? null;
    if (this._wanted && !margin) {
      this._margins.set(records, new Margin(records, this._openRun, this._tongue));
    } else if (!this._wanted && margin) {
      margin.dispose();
      this._margins.set(records, null);
    }
  }

  private _margins = new Map<Records, Margin | null>();
  private _wanted = true;
}
