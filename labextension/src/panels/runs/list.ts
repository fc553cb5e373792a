import { Signal, type ISignal } from '@lumino/signaling';

import type { RunPage, RunProgress, RunRow } from '../../entities';
import { ALL, queryOf, type IRunFilters, type RunQuery } from './filters';
import { NOTHING, appended, isLive, mended, progressed, refreshed, type IListing } from './listing';

/** Runs that can be put side by side. */
export const COMPARED = 20;

const PAGE = 50;
const LONGEST = 200; // rows that a store gives at once
const GATHER = 300; // milliseconds in which several changes are one
const MENDED = 20; // rows beyond those that are asked for one by one

export type AskRuns = (query: RunQuery, signal?: AbortSignal) => Promise<RunPage>;

/** What the list of runs looks like now; another object after each change. */
export interface IListState {
  readonly filters: IRunFilters;
  readonly listing: IListing;
  /** Those that are selected, in the order in which they were. */
  readonly selected: readonly string[];
  /** The row that the keyboard is at. */
  readonly active: string | null;
  /** What is being read: the first page, or one more. */
  readonly reading: 'first' | 'more' | null;
  /** Whether anything was read yet. */
  readonly known: boolean;
  readonly problem: unknown;
}

const BEGINNING: IListState = {
  filters: ALL,
  listing: NOTHING,
  selected: [],
  active: null,
  reading: null,
  known: false,
  problem: null
};

/** The list of runs: read page by page, kept while it changes. It outlives the tab that shows it. */
export class RunList {
  constructor(ask: AskRuns, filters: IRunFilters = ALL) {
    this._ask = ask;
    this._state = { ...BEGINNING, filters };
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IListState {
    return this._state;
  }

  /** Whether somebody looks at it: nothing is read for nobody. */
  get isShown(): boolean {
    return this._isShown;
  }

  set isShown(value: boolean) {
    this._isShown = value;
    if (value && this._isStale) {
      void this.refresh();
    }
  }

  /** Look for other runs, from the first page on. */
  async search(filters: IRunFilters): Promise<void> {
    this._set({ filters, known: false, active: null });
    await this._first();
  }

  /** Begin anew: these are the runs of another project. */
  begin(): void {
    this._reader?.abort();
    this._reader = null;
    this._isStale = true;
    this._set(BEGINNING);
    if (this._isShown) {
      void this.refresh();
    }
  }

  /** Something has changed in the store: read it, soon, if somebody looks. */
  later(): void {
    this._isStale = true;
    this._timer ||= window.setTimeout(() => {
      this._timer = 0;
      if (this._isStale && this._isShown) {
        void this.refresh();
      }
    }, GATHER);
  }

  /** Read the page after those that were read, if there is one. */
  async more(): Promise<void> {
    const { listing, reading, problem } = this._state;
    if (!listing.next || reading || problem) {
      return;
    }
    await this._read('more', queryOf(this._state.filters, PAGE, listing.next), appended);
  }

  /** Read again what may have changed. Nothing that is shown goes away while it is read. */
  async refresh(): Promise<void> {
    if (this._state.reading) {
      this._again = true; // what is being read may be older than the change
      return;
    }
    this._isStale = false;
    const rows = this._state.listing.rows.length;
    if (!this._state.known || this._state.problem) {
      await this._first();
      return;
    }
    const limit = Math.min(LONGEST, Math.max(PAGE, rows));
    await this._read('first', queryOf(this._state.filters, limit), refreshed);
    await this._mend();
  }

  /** All runs that go on, as they are now. */
  progress(progress: readonly RunProgress[]): void {
    const listing = progressed(this._state.listing, progress);
    if (listing !== this._state.listing) {
      this._set({ listing });
    }
  }

  select(run: string, on: boolean): void {
    const others = this._state.selected.filter(one => one !== run);
    this._set({ selected: on ? [...others, run] : others });
  }

  /** Select all from the active row to this one. */
  selectTo(run: string): void {
    const { listing, active, selected } = this._state;
    const ids = listing.rows.map(row => row.run.run_id);
    const [from, to] = [ids.indexOf(active ?? run), ids.indexOf(run)].sort((a, b) => a - b);
    const range = ids.slice(Math.max(0, from), to + 1);
    this._set({ selected: [...selected, ...range.filter(one => !selected.includes(one))] });
  }

  clearSelection(): void {
    this._set({ selected: [] });
  }

  /** These in the order of the list; what it does not show comes last. */
  inOrder(runs: readonly string[]): string[] {
    const shown = this._state.listing.rows.map(row => row.run.run_id);
    const known = shown.filter(run => runs.includes(run));
    return [...known, ...runs.filter(run => !known.includes(run))];
  }

  /** The row of that run, where it was read. */
  find(run: string): RunRow | null {
    return this._state.listing.rows.find(row => row.run.run_id === run) ?? null;
  }

  activate(run: string | null): void {
    if (run !== this._state.active) {
      this._set({ active: run });
    }
  }

  private async _first(): Promise<void> {
    await this._read('first', queryOf(this._state.filters, PAGE), (_, page) =>
      appended(NOTHING, page)
    );
  }

  private async _read(
    reading: 'first' | 'more',
    query: RunQuery,
    merge: (listing: IListing, page: RunPage) => IListing
  ): Promise<void> {
    this._reader?.abort();
    const reader = (this._reader = new AbortController());
    this._set({ reading, problem: null });
    try {
      const page = await this._ask(query, reader.signal);
      if (reader === this._reader) {
        this._reader = null;
        this._set({ listing: merge(this._state.listing, page), reading: null, known: true });
      }
    } catch (problem) {
      if (reader === this._reader) {
        this._reader = null;
        this._set({ reading: null, problem });
      }
    }
    if (this._again && !this._reader) {
      this._again = false;
      await this.refresh();
    }
  }

  /** What goes on according to a row that is too far down to be read anew may have ended. */
  private async _mend(): Promise<void> {
    const far = this._state.listing.rows.slice(LONGEST).filter(isLive).slice(0, MENDED);
    const found: RunRow[] = [];
    for (const { run } of far) {
      const page = await this._ask({ search: run.run_id, limit: 1 }).catch(() => null);
      found.push(...(page?.rows ?? []));
    }
    if (found.length) {
      this._set({ listing: mended(this._state.listing, found) });
    }
  }

  private _set(change: Partial<IListState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }

  private readonly _ask: AskRuns;
  private readonly _changed = new Signal<this, void>(this);
  private _state: IListState;
  private _reader: AbortController | null = null;
  private _again = false;
  private _isShown = false;
  private _isStale = true;
  private _timer = 0;
}
