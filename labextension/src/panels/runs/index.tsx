import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { useContext, useEffect, useMemo } from 'react';

import {
  Busy,
  Empty,
  Problem,
  ShownContext,
  useMLOps,
  useSignal,
  useTrans
} from '../../components';
import type { RunRow } from '../../entities';
import { asRequestError } from '../../request';
import { CommandIDs } from '../../tokens';
import { RunCommandIDs, useCommands, useExecute } from '../../main/commands';
import { Filters } from './FilterBar';
import { RunGrid } from './RunGrid';
import type { IRunActions } from './RunItem';
import { ALL, isNarrowed } from './filters';
import { COMPARED, type IListState, type RunList } from './list';
import { mayCancel, type IListing } from './listing';
import { runListOf } from './lists';

/** The runs of the project: search, select, open, diff, compare. */
export function Runs(): JSX.Element {
  const mlops = useMLOps();
  const list = runListOf(mlops);
  useSignal(list.changed);
  const isShown = useContext(ShownContext);
  useEffect(() => {
    list.isShown = isShown;
    return () => {
      list.isShown = false;
    };
  }, [list, isShown]);
  const { state } = list;
  const { filters, listing, problem, known } = state;
  return (
    <div className="jp-MLOps-runsTab">
      <Filters
        filters={filters}
        experiments={listing.experiments}
        metrics={listing.metrics}
        onChange={changed => void list.search(changed)}
      />
      <Selection list={list} state={state} />
      {problem ? (
        <Problem problem={asRequestError(problem)} onRetry={() => void list.refresh()} />
      ) : null}
      {listing.note ? <p className="jp-MLOps-runsNote">{listing.note}</p> : null}
      <Content list={list} state={state} />
      {known || problem ? null : <Busy />}
    </div>
  );
}

interface IPartProps {
  readonly list: RunList;
  readonly state: IListState;
}

/** How many there are, and what can be done with those that are selected. */
function Selection({ list, state }: IPartProps): JSX.Element {
  const execute = useExecute();
  const trans = useTrans();
  const { selected, listing, known } = state;
  const count = selected.length;
  return (
    <div className="jp-MLOps-runsBar">
      <span role="status">{known ? countText(listing, count, trans) : ''}</span>
      <span className="jp-MLOps-buttons" hidden={!listing.rows.length}>
        <button
          type="button"
          className="jp-MLOps-button"
          disabled={count !== 2}
          title={count === 2 ? '' : trans.__('Select two runs')}
          onClick={() => {
            // the older one is what is changed from
            const [right, left] = list.inOrder(selected);
            execute(RunCommandIDs.diffRuns, { left, right });
          }}
        >
          {trans.__('Diff')}
        </button>
        <button
          type="button"
          className="jp-MLOps-button"
          disabled={count < 2 || count > COMPARED}
          title={
            count > COMPARED ? trans.__('At most %1 runs', COMPARED) : trans.__('Side by side')
          }
          onClick={() => execute(CommandIDs.compareRuns, { runs: [...list.inOrder(selected)] })}
        >
          {trans.__('Compare')}
        </button>
        {count ? (
          <button type="button" className="jp-MLOps-button" onClick={() => list.clearSelection()}>
            {trans.__('Clear')}
          </button>
        ) : null}
      </span>
    </div>
  );
}

function Content({ list, state }: IPartProps): JSX.Element | null {
  const commands = useCommands();
  const { project } = useMLOps();
  const trans = useTrans();
  const actions = useMemo(
    (): IRunActions => actionsOf(commands, list, project),
    [commands, list, project]
  );
  const { filters, known, listing, problem } = state;
  const isFurther = known && !listing.rows.length && listing.next !== null;
  useEffect(() => {
    if (isFurther) {
      void list.more(); // the store had no time to look at all
    }
  }, [list, isFurther, listing]);
  if (!listing.rows.length) {
    if (!known || problem) {
      return null;
    }
    if (isFurther) {
      return <Busy>{trans.__('Looking through older runs …')}</Busy>;
    }
    return isNarrowed(filters) ? (
      <Empty title={trans.__('No run is found for this.')}>
        <button
          type="button"
          className="jp-MLOps-button"
          onClick={() => void list.search({ ...ALL, order: filters.order, metric: filters.metric })}
        >
          {trans.__('Show all runs')}
        </button>
      </Empty>
    ) : (
      <NoRuns />
    );
  }
  return (
    <>
      <RunGrid key={JSON.stringify(filters)} list={list} state={state} actions={actions} />
      {state.reading === 'more' ? <Busy>{trans.__('Loading more runs …')}</Busy> : null}
    </>
  );
}

function NoRuns(): JSX.Element {
  const execute = useExecute();
  const trans = useTrans();
  return (
    <Empty title={trans.__('No runs yet.')}>
      <p>
        {trans.__('To record what you run in a notebook, run this in a cell:')}{' '}
        <code>%load_ext jupyter_mlops</code> <code>%track start</code>
      </p>
      <p>{trans.__('Or run the whole notebook that is open, from a clean kernel:')}</p>
      <button
        type="button"
        className="jp-MLOps-button jp-mod-primary"
        onClick={() => execute(CommandIDs.runHeadless)}
      >
        {trans.__('Run headless …')}
      </button>
    </Empty>
  );
}

function actionsOf(commands: CommandRegistry, list: RunList, project: string): IRunActions {
  return {
    open: run => void commands.execute(CommandIDs.openRun, { run, project }),
    cancel: run => void commands.execute(RunCommandIDs.cancelRun, { run, project }),
    menu: (run, x, y) => {
      const row = list.find(run);
      if (row) {
        openMenu(commands, row, project, x, y);
      }
    }
  };
}

/** The menu of a run; the focus goes back to where it was. */
function openMenu(
  commands: CommandRegistry,
  row: RunRow,
  project: string,
  x: number,
  y: number
): void {
  const before = document.activeElement;
  const menu = new Menu({ commands });
  const args = { run: row.run.run_id, project };
  menu.addItem({ command: CommandIDs.openRun, args });
  if (row.run.notebook) {
    menu.addItem({ command: CommandIDs.openRun, args: { ...args, part: 'notebook' } });
    menu.addItem({ command: RunCommandIDs.openVersion, args });
  }
  menu.addItem({ command: RunCommandIDs.copyRunId, args });
  if (mayCancel(row)) {
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: RunCommandIDs.cancelRun, args });
  }
  menu.aboutToClose.connect(() => {
    if (before instanceof HTMLElement) {
      before.focus({ preventScroll: true });
    }
    // the command that was chosen is still to be executed
    window.setTimeout(() => menu.dispose());
  });
  menu.open(x, y);
}

function countText(listing: IListing, selected: number, trans: TranslationBundle): string {
  const { rows, next, total } = listing;
  const count = (total ?? rows.length).toLocaleString();
  const told =
    total === null && next
      ? trans._n('%2 run so far', '%2 runs so far', rows.length, count)
      : trans._n('%2 run', '%2 runs', total ?? rows.length, count);
  return selected ? `${told}, ${trans.__('%1 selected', selected)}` : told;
}
