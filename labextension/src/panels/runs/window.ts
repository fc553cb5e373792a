import {
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject
} from 'react';

import type { RunRow } from '../../entities';
import type { RunList } from './list';
import { placeByKey, scrolledTo } from './rows';

const LINES = 5.1; // of text, that are as high as a row

/** Where a box is scrolled to, and how high it and its rows are, in pixels. */
export interface IWindow {
  readonly top: number;
  readonly viewport: number;
  /** Of a row. */
  readonly height: number;
  onScroll(): void;
}

/** The part of the rows that is seen. Rows that come or go above it do not move what is looked at. */
export function useWindow(scroller: RefObject<HTMLElement>, rows: readonly RunRow[]): IWindow {
  const [place, setPlace] = useState({ top: 0, viewport: 600, height: 76 });
  const before = useRef(rows);
  const measure = useCallback(() => {
    const box = scroller.current;
    if (box) {
      const text = parseFloat(getComputedStyle(box).fontSize);
      const height = Math.round((text || 13) * LINES);
      const now = { top: box.scrollTop, viewport: box.clientHeight, height };
      setPlace(old => (JSON.stringify(old) === JSON.stringify(now) ? old : now));
    }
  }, [scroller]);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box && before.current !== rows) {
      box.scrollTop += place.height * shift(before.current, rows, box.scrollTop, place.height);
      before.current = rows;
      measure();
    }
  }, [scroller, rows, place.height, measure]);
  useLayoutEffect(() => {
    measure();
    if (!scroller.current || typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [scroller, measure]);
  return { ...place, onScroll: measure };
}

/** By how many places the row that is at the top moved down; 0 where the list stands at its beginning. */
function shift(
  before: readonly RunRow[],
  rows: readonly RunRow[],
  top: number,
  height: number
): number {
  const place = Math.floor(top / height);
  const run = before[place]?.run.run_id;
  if (top <= 0 || run === undefined || rows[place]?.run.run_id === run) {
    return 0;
  }
  const now = rows.findIndex(row => row.run.run_id === run);
  return now < 0 ? 0 : now - place;
}

/** The keys of the grid; the row that they lead to gets the focus as soon as it is there. */
export function useGridKeys(
  scroller: RefObject<HTMLElement>,
  list: RunList,
  { height, onScroll }: IWindow,
  open: (run: string) => void
): (event: KeyboardEvent) => void {
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    const row = wanted.current && rowOf(scroller.current, wanted.current);
    if (row) {
      wanted.current = null;
      row.focus({ preventScroll: true });
    }
  });
  return event => {
    const box = scroller.current;
    const { listing, active, selected } = list.state;
    const ids = listing.rows.map(row => row.run.run_id);
    const place = Math.max(0, active === null ? 0 : ids.indexOf(active));
    const atRow = (event.target as HTMLElement).getAttribute('role') === 'row';
    if (!box || event.altKey || !ids.length) {
      return;
    }
    if (atRow && event.key === ' ') {
      list.select(ids[place], !selected.includes(ids[place]));
    } else if (atRow && event.key === 'Enter') {
      open(ids[place]);
    } else if (event.key === 'Escape' && selected.length) {
      list.clearSelection();
    } else {
      const page = Math.max(1, Math.floor(box.clientHeight / height) - 1);
      const next = placeByKey(event.key, place, ids.length, page);
      if (next === null) {
        return;
      }
      if (event.shiftKey) {
        list.selectTo(ids[next]);
      }
      wanted.current = ids[next];
      list.activate(ids[next]);
      box.scrollTop = scrolledTo(next, height, box.scrollTop, box.clientHeight);
      onScroll();
      rowOf(box, ids[next])?.focus({ preventScroll: true });
    }
    event.preventDefault();
  };
}

function rowOf(box: HTMLElement | null, run: string): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-run="${CSS.escape(run)}"]`) ?? null;
}
