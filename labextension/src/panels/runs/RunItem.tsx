import type { TranslationBundle } from '@jupyterlab/translation';
import { memo, type KeyboardEvent, type MouseEvent } from 'react';

import type { MetricPoints, RunRow } from '../../entities';
import { Duration, Moment, Sparkline, Status, statusWord, useTrans } from '../../components';
import { numberText } from '../../components/numbers';
import { Progress } from './Progress';
import { isLive, mayCancel } from './listing';
import { leading } from './metrics';
import { kindText, progressText, wasCancelled } from './words';

/** What can be done with a run in the list. */
export interface IRunActions {
  open(run: string): void;
  /** The menu of a run, at a place of the page. */
  menu(run: string, x: number, y: number): void;
  cancel(run: string): void;
}

interface IRunItemProps {
  readonly row: RunRow;
  readonly place: number;
  /** In pixels. */
  readonly top: number;
  readonly height: number;
  readonly selected: boolean;
  /** Whether the keyboard is at this row, so that the Tab key leads to it. */
  readonly active: boolean;
  readonly metric: string;
  readonly actions: IRunActions;
  onSelect(run: string, on: boolean, range: boolean): void;
  onActivate(run: string): void;
}

const SHOWN = 3; // metrics

/** A run in the list: three lines, whatever it is. */
export const RunItem = memo(function RunItem(props: IRunItemProps): JSX.Element {
  const { row, place, top, height, selected, active, actions } = props;
  const trans = useTrans();
  const { run } = row;
  const id = run.run_id;
  const tabIndex = active ? 0 : -1;
  const name = run.name || id.slice(0, 8);
  const onClick = (event: MouseEvent): void => {
    props.onActivate(id);
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      event.preventDefault();
      props.onSelect(id, !selected, event.shiftKey);
    }
  };
  const onMenu = (event: MouseEvent<HTMLElement>): void => {
    if (event.shiftKey && event.button === 2) {
      return; // the browser's own, as everywhere in JupyterLab
    }
    event.preventDefault();
    event.stopPropagation();
    const box = event.currentTarget.getBoundingClientRect();
    const pointed = event.clientX > 0 || event.clientY > 0;
    actions.menu(
      id,
      pointed ? event.clientX : box.left + 24,
      pointed ? event.clientY : box.top + 24
    );
  };
  return (
    <div
      className={`jp-MLOps-run${selected ? ' jp-mod-selected' : ''}${active ? ' jp-mod-active' : ''}`}
      style={{ top, height }}
      role="row"
      aria-rowindex={place + 1}
      aria-selected={selected}
      aria-label={nameOf(row, trans)}
      tabIndex={tabIndex}
      data-run={id}
      onClick={onClick}
      onDoubleClick={() => actions.open(id)}
      onContextMenu={onMenu}
      onFocus={() => props.onActivate(id)}
      onKeyDown={within}
    >
      <div className="jp-MLOps-runSelect" role="gridcell">
        <input
          type="checkbox"
          tabIndex={tabIndex}
          checked={selected}
          aria-label={trans.__('Select %1', name)}
          onClick={event => event.stopPropagation()}
          onDoubleClick={event => event.stopPropagation()}
          onChange={event => props.onSelect(id, event.target.checked, false)}
        />
      </div>
      <RunText {...props} name={name} />
      <RunSide {...props} name={name} />
    </div>
  );
});

function RunText(props: IRunItemProps & { readonly name: string }): JSX.Element {
  const { row, name, active, actions } = props;
  const trans = useTrans();
  const { run } = row;
  return (
    <div className="jp-MLOps-runText" role="gridcell">
      <div className="jp-MLOps-runHead">
        <Status of={run.status} brief />
        <button
          type="button"
          className="jp-MLOps-link"
          tabIndex={active ? 0 : -1}
          title={name}
          onClick={event => {
            if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
              actions.open(run.run_id);
            }
          }}
          onDoubleClick={event => event.stopPropagation()}
        >
          {name}
        </button>
        {row.spark ? <Spark points={row.spark} /> : null}
      </div>
      <div className="jp-MLOps-runFacts">
        {run.started ? <Moment at={run.started} /> : null}
        {run.started && (run.ended || isLive(row)) ? (
          <Duration began={run.started} ended={run.ended} />
        ) : null}
        <span>{kindText(run.kind, trans)}</span>
      </div>
      <RunLine {...props} />
    </div>
  );
}

/** The third line: how far it is, why it failed, what it measured, or what it was given. */
function RunLine({ row, metric }: IRunItemProps): JSX.Element {
  const { run, progress } = row;
  const trans = useTrans();
  if (isLive(row) && progress) {
    return <Progress progress={progress} />;
  }
  if (wasCancelled(run)) {
    return <div className="jp-MLOps-runMetrics jp-mod-quiet">{trans.__('It was cancelled.')}</div>;
  }
  if (run.error) {
    return (
      <div className="jp-MLOps-runError" title={run.error}>
        {run.error.split('\n')[0]}
      </div>
    );
  }
  const names = leading(run.metrics ?? {}, metric).slice(0, SHOWN);
  if (!names.length) {
    return (
      <div className="jp-MLOps-runMetrics">
        {Object.entries(run.parameters ?? {})
          .slice(0, SHOWN)
          .map(([one, value]) => (
            <span key={one} title={`${one} = ${value}`}>
              <span className="jp-mod-quiet">{one} =</span> {value}
            </span>
          ))}
      </div>
    );
  }
  return (
    <div className="jp-MLOps-runMetrics">
      {names.map(one => (
        <span key={one} title={`${one} = ${run.metrics?.[one]}`}>
          <span className="jp-mod-quiet">{one}</span> {numberText(run.metrics?.[one])}
        </span>
      ))}
    </div>
  );
}

function Spark({ points }: { readonly points: MetricPoints }): JSX.Element | null {
  const trans = useTrans();
  if (points.values.length < 2) {
    return null;
  }
  const last = numberText(points.values[points.values.length - 1]);
  return (
    <Sparkline
      values={points.values}
      label={trans.__(
        '%1, %2 points, last %3',
        points.name,
        points.of || points.values.length,
        last
      )}
    />
  );
}

function RunSide(props: IRunItemProps & { readonly name: string }): JSX.Element {
  const { row, name, active, actions } = props;
  const trans = useTrans();
  const tabIndex = active ? 0 : -1;
  const id = row.run.run_id;
  return (
    <div className="jp-MLOps-runSide" role="gridcell">
      <div className="jp-MLOps-runButtons" onDoubleClick={event => event.stopPropagation()}>
        {mayCancel(row) ? (
          <button
            type="button"
            className="jp-MLOps-icon"
            tabIndex={tabIndex}
            aria-label={trans.__('Cancel %1', name)}
            title={trans.__('Cancel the run')}
            onClick={() => actions.cancel(id)}
          >
            ■
          </button>
        ) : null}
        <button
          type="button"
          className="jp-MLOps-icon"
          tabIndex={tabIndex}
          aria-haspopup="menu"
          aria-label={trans.__('More for %1', name)}
          title={trans.__('More')}
          onClick={event => {
            const box = event.currentTarget.getBoundingClientRect();
            actions.menu(id, box.left, box.bottom);
          }}
        >
          ⋯
        </button>
      </div>
    </div>
  );
}

/** Left and right lead from the row to what is in it, and back. */
function within(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') {
    return;
  }
  const row = event.currentTarget;
  const parts = [row, ...row.querySelectorAll<HTMLElement>('input, button')];
  const place = parts.indexOf(document.activeElement as HTMLElement);
  const next = parts[place + (event.key === 'ArrowRight' ? 1 : -1)];
  if (place >= 0 && next) {
    event.preventDefault();
    next.focus();
  }
}

function nameOf(row: RunRow, trans: TranslationBundle): string {
  const { run, progress } = row;
  const facts = [run.name || run.run_id, statusWord(run.status, trans), kindText(run.kind, trans)];
  if (progress) {
    facts.push(progressText(progress, trans));
  }
  return facts.join(', ');
}
