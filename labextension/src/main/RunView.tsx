import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { useCallback, useEffect, useRef, useState } from 'react';

import {
  Duration,
  Empty,
  Loaded,
  Moment,
  Status,
  Tabs,
  useData,
  useMLOps,
  useSignal,
  useTrans
} from '../components';
import type { RunDetails } from '../entities';
import { isLive, mayCancel } from '../panels/runs/listing';
import { asRequestError } from '../request';
import { Progress } from '../panels/runs/Progress';
import { wasCancelled } from '../panels/runs/words';
import { ExecutedNotebook } from './ExecutedNotebook';
import { Log } from './Log';
import { Overview } from './Overview';
import { RunCommandIDs, useExecute } from './commands';
import { useWidth } from './width';

export type Part = 'overview' | 'notebook' | 'log';

interface IRunViewProps {
  readonly run: string;
  /** What to show first; by default the notebook of a run that failed, and the overview of any other. */
  readonly part: Part | null;
  /** Another number each time that the part is asked for. */
  readonly turn: number;
  readonly rendermime: IRenderMimeRegistry;
  /** Tells the name of the run as soon as it is known. */
  onName(name: string): void;
}

const WIDE = 1000; // pixels from which on the notebook stands beside the overview

/** A run: what is known of it, its executed notebook, what it printed. It is followed while it goes on. */
export function RunView({ run, part, turn, rendermime, onName }: IRunViewProps): JSX.Element {
  const mlops = useMLOps();
  useSignal(mlops.progressChanged);
  const progress = mlops.progress.get(run);
  const step = progress ? `${progress.step} ${progress.done} ${progress.cell}` : '';
  const details = useData(
    signal => mlops.get('/runs/{run}', { names: { run }, signal }),
    ['runs'],
    [run, step]
  );
  const name = details.data?.run.name;
  useEffect(() => {
    if (name) {
      onName(name);
    }
  }, [name, onName]);
  return (
    <div className="jp-MLOps-main">
      <Loaded from={details}>
        {found => (
          <Found details={found} part={part} turn={turn} rendermime={rendermime} step={step} />
        )}
      </Loaded>
    </div>
  );
}

interface IFoundProps {
  readonly details: RunDetails;
  readonly part: Part | null;
  readonly turn: number;
  readonly rendermime: IRenderMimeRegistry;
  readonly step: string;
}

function Found({ details, part, turn, rendermime, step }: IFoundProps): JSX.Element {
  const trans = useTrans();
  const { run } = details;
  const root = useRef<HTMLDivElement>(null);
  const wide = useWidth(root) >= WIDE;
  const hasNotebook = run.notebook !== null;
  const [wanted, setWanted] = useState<Part>(
    part ?? (run.status === 'FAILED' || run.status === 'KILLED' ? 'notebook' : 'overview')
  );
  const current = wanted === 'notebook' && !hasNotebook ? 'overview' : wanted;
  useEffect(() => {
    if (part) {
      setWanted(part);
    }
  }, [part, turn]);
  const [cell, setCell] = useState<{ number: number | null; turn: number }>({
    number: null,
    turn: 0
  });
  const onCell = useCallback((number: number) => {
    setWanted('notebook');
    setCell(({ turn }) => ({ number, turn: turn + 1 }));
  }, []);
  const age = `${run.status} ${step}`;
  const overview = <Overview details={details} age={age} onCell={onCell} />;
  const tabs = [
    { name: 'overview' as const, title: trans.__('Overview') },
    ...(hasNotebook ? [{ name: 'notebook' as const, title: trans.__('Executed notebook') }] : []), // others leave none
    { name: 'log' as const, title: trans.__('Log') }
  ];
  const shown = wide && current === 'overview' ? tabs[1].name : current;
  return (
    <div ref={root} className={`jp-MLOps-runView${wide ? ' jp-mod-wide' : ''}`}>
      <Head details={details} onCell={onCell} />
      {wide ? (
        <div className="jp-MLOps-pane" role="region" aria-label={trans.__('Overview')} tabIndex={0}>
          {overview}
        </div>
      ) : null}
      <div className="jp-MLOps-pane jp-mod-tabs">
        <Tabs
          label={trans.__('Parts of the run')}
          tabs={wide ? tabs.slice(1) : tabs}
          current={shown}
          onChange={setWanted}
        >
          {shown === 'overview' ? overview : null}
          {shown === 'notebook' ? (
            <Executed details={details} age={age} rendermime={rendermime} cell={cell} />
          ) : null}
          {shown === 'log' ? <Log run={run} age={age} /> : null}
        </Tabs>
      </div>
    </div>
  );
}

interface IHeadProps {
  readonly details: RunDetails;
  onCell(number: number): void;
}

function Head({ details, onCell }: IHeadProps): JSX.Element {
  const trans = useTrans();
  const mlops = useMLOps();
  const execute = useExecute();
  const { run, cells } = details;
  const id = run.run_id;
  const live = isLive({ run });
  const progress = live ? mlops.progress.get(id) : undefined;
  const failed = cells.find(cell => cell.error !== null && cell.index >= 0);
  return (
    <header className="jp-MLOps-mainHead">
      <div className="jp-MLOps-title">
        <h2>{run.name || id.slice(0, 8)}</h2>
        <Status of={run.status} />
        {run.started ? <Moment at={run.started} /> : null}
        {run.started && (run.ended || live) ? (
          <Duration began={run.started} ended={run.ended} />
        ) : null}
      </div>
      <div className="jp-MLOps-buttons" role="group" aria-label={trans.__('Actions')}>
        {mayCancel({ run }) ? (
          <button
            type="button"
            className="jp-MLOps-button"
            onClick={() => execute(RunCommandIDs.cancelRun, { run: id })}
          >
            {trans.__('Cancel …')}
          </button>
        ) : null}
        {run.notebook ? (
          <button
            type="button"
            className="jp-MLOps-button"
            title={trans.__('Put the source of this run into a new notebook')}
            onClick={() => execute(RunCommandIDs.openVersion, { run: id })}
          >
            {trans.__('Open at this version')}
          </button>
        ) : null}
      </div>
      {progress ? <Progress progress={progress} /> : null}
      {wasCancelled(run) ? (
        <p className="jp-mod-quiet">{trans.__('It was cancelled.')}</p>
      ) : run.error ? (
        <div className="jp-MLOps-problem" role="alert">
          <p className="jp-MLOps-problemMessage">{run.error}</p>
          {failed ? (
            <button
              type="button"
              className="jp-MLOps-button"
              onClick={() => onCell(failed.index + 1)}
            >
              {trans.__('Show cell %1', failed.index + 1)}
            </button>
          ) : null}
        </div>
      ) : null}
    </header>
  );
}

interface IExecutedProps {
  readonly details: RunDetails;
  readonly age: string;
  readonly rendermime: IRenderMimeRegistry;
  readonly cell: { readonly number: number | null; readonly turn: number };
}

function Executed({ details, age, rendermime, cell }: IExecutedProps): JSX.Element {
  const trans = useTrans();
  const mlops = useMLOps();
  const { run, cells } = details;
  const executed = useData(
    signal =>
      mlops.get('/runs/{run}/notebook', { names: { run: run.run_id }, signal }).catch(error => {
        const { status, message } = asRequestError(error);
        if (status !== 404) {
          throw error;
        }
        return isLive({ run }) ? null : message; // it is left behind at the end
      }),
    [],
    [run.run_id, age]
  );
  return (
    <Loaded from={executed}>
      {found =>
        typeof found === 'string' ? (
          <Empty title={found} />
        ) : found ? (
          <ExecutedNotebook
            executed={found}
            records={cells}
            rendermime={rendermime}
            wanted={cell.number}
            turn={cell.turn}
          />
        ) : (
          <Empty title={trans.__('The executed notebook is here as soon as the run has ended.')}>
            <p>
              {trans.__('Until then, the overview shows its cells, and the log what they print.')}
            </p>
          </Empty>
        )
      }
    </Loaded>
  );
}
