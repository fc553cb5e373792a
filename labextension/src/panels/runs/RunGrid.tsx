import { useCallback, useEffect, useRef } from 'react';

import { useTrans } from '../../components';
import { RunItem, type IRunActions } from './RunItem';
import type { IListState, RunList } from './list';
import { shownRows } from './rows';
import { useGridKeys, useWindow } from './window';

interface IRunGridProps {
  readonly list: RunList;
  readonly state: IListState;
  readonly actions: IRunActions;
}

const AHEAD = 12; // rows before the last at which the next page is read

/**
 * The rows that are seen, and no others, in a box that is as high as all. New rows above do not move what is
 * looked at.
 */
export function RunGrid({ list, state, actions }: IRunGridProps): JSX.Element {
  const trans = useTrans();
  const { rows, next, total } = state.listing;
  const scroller = useRef<HTMLDivElement>(null);
  const seen = useWindow(scroller, rows);
  const { top, viewport, height, onScroll } = seen;
  const { first, last } = shownRows(rows.length, height, top, viewport);
  const activePlace = rows.findIndex(row => row.run.run_id === state.active);
  const onKeyDown = useGridKeys(scroller, list, seen, actions.open);
  useEffect(() => {
    if (next && last > rows.length - AHEAD) {
      void list.more();
    }
  }, [list, next, last, rows.length]);
  const onSelect = useCallback(
    (run: string, on: boolean, range: boolean) =>
      range ? list.selectTo(run) : list.select(run, on),
    [list]
  );
  const onActivate = useCallback((run: string) => list.activate(run), [list]);
  const places = Array.from({ length: last - first }, (_, place) => first + place);
  if (activePlace >= 0 && (activePlace < first || activePlace >= last)) {
    places.push(activePlace); // or the focus would be lost
  }
  return (
    <div
      ref={scroller}
      className="jp-MLOps-runs"
      role="grid"
      aria-label={trans.__('Runs')}
      aria-multiselectable="true"
      aria-rowcount={total ?? (next ? -1 : rows.length)}
      aria-busy={state.reading !== null}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: rows.length * height, position: 'relative' }}>
        {places.map(place => {
          const row = rows[place];
          const id = row.run.run_id;
          return (
            <RunItem
              key={id}
              row={row}
              place={place}
              top={place * height}
              height={height}
              selected={state.selected.includes(id)}
              active={place === Math.max(0, activePlace)}
              metric={state.filters.metric}
              actions={actions}
              onSelect={onSelect}
              onActivate={onActivate}
            />
          );
        })}
      </div>
    </div>
  );
}
