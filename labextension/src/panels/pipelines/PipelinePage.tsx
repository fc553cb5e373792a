import { useEffect, useState } from 'react';

import {
  Busy,
  Empty,
  Loaded,
  Moment,
  Problem,
  Status,
  useData,
  useKept,
  useMLOps,
  useSignal,
  useTrans
} from '../../components';
import type {
  PipelineDetails,
  PipelineRun,
  PipelineSummary,
  RunPipeline,
  Work
} from '../../entities';
import { useWork, type IFollowed } from '../../works';
import { StepGraph } from './Graph';
import { OpenRun } from './OpenRun';
import { StepDetails } from './StepDetails';
import { RunOptions } from './RunOptions';
import { progressed } from './live';
import { askedText, fold, planOf, problemIn, summaryOf } from './nodes';
import { DEFAULTS, asked, knownParameters, type Options } from './options';

interface IPipelinePageProps {
  readonly summary: PipelineSummary;
  /** Open it in a tab of its own; where it is in one, that is undefined. */
  readonly onOpen?: () => void;
}

/** A pipeline: its steps as they are in its last run, or as they would be in the next one; buttons to run it. */
export function PipelinePage({ summary, onOpen }: IPipelinePageProps): JSX.Element {
  const mlops = useMLOps();
  const { name } = summary;
  const details = useData(
    signal =>
      mlops.get('/pipelines/{pipeline}', {
        names: { pipeline: name },
        query: { now: false },
        signal
      }),
    ['pipelines', 'runs', 'config'],
    [name]
  );
  return (
    <Loaded from={details}>
      {found => <Page summary={summary} details={found} onOpen={onOpen} reload={details.reload} />}
    </Loaded>
  );
}

interface IPageProps extends IPipelinePageProps {
  readonly details: PipelineDetails;
  reload(): void;
}

function Page({ summary, details, onOpen, reload }: IPageProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const { name, problem } = summary;
  const [kept, setOptions] = useKept<Options>(`options of ${name}`, DEFAULTS);
  const options = { ...DEFAULTS, ...kept };
  const [explains, setExplains] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const followed = useWork(work => work.verb === 'pipeline' && work.subject === name);
  useSignal(mlops.progressChanged);
  const going = mlops.progress.get(details.last?.run?.run_id ?? '')?.step ?? '';
  useSteps(followed.work, going, reload);
  useRuns(details.last, reload);
  const last = details.last && progressed(details.last, mlops.progress);
  const planned = explains || (!last && !followed.isBusy && !problem);
  const run = (body: RunPipeline): void => {
    setExplains(false);
    void followed
      .start(() => mlops.post('/pipelines/{pipeline}/run', { names: { pipeline: name }, body }))
      .then(reload);
  };
  const steps = last?.steps ?? [];
  // the run itself tells how far it is, and why it failed
  const isTold = !planned && last?.run?.run_id === followed.work?.run_id;
  return (
    <section className="jp-MLOps-pipeline" aria-label={trans.__('Pipeline %1', name)}>
      <header className="jp-MLOps-pageHead">
        <h3>{name}</h3>
        {onOpen ? (
          <button type="button" className="jp-MLOps-button" onClick={onOpen}>
            {trans.__('Open in a tab')}
          </button>
        ) : null}
      </header>
      {problem ? <Problem problem={problemIn(problem)} /> : null}
      <Buttons
        last={last}
        followed={followed}
        explains={planned}
        isBroken={Boolean(problem)}
        onRun={() => run(asked(options))}
        onResume={() => run({ resume: last?.run?.run_id ?? null })}
        onExplain={() => setExplains(!explains)}
      />
      <RunOptions
        options={options}
        steps={summary.steps}
        known={knownParameters(steps)}
        onChange={setOptions}
      />
      <div className="jp-MLOps-outcome" role="status">
        {followed.isBusy && !isTold ? (
          <>
            <span className="jp-MLOps-turning" aria-hidden="true" />
            <span>{stepSaid(followed.work) || trans.__('Beginning …')}</span>
          </>
        ) : null}
      </div>
      {followed.problem && !isTold ? <Problem problem={followed.problem} /> : null}
      {planned ? (
        <Plan name={name} since={last?.run?.ended ?? ''} {...{ chosen, setChosen }} />
      ) : last ? (
        <>
          <RunLine run={last} />
          <Steps run={last} {...{ chosen, setChosen }} />
        </>
      ) : null}
    </section>
  );
}

/** A step that has changed is shown at once, not when the store is looked at the next time. */
function useSteps(work: Work | null, going: string, reload: () => void): void {
  const said = stepSaid(work);
  const key = `${work?.run_id ?? ''} ${work?.state ?? ''} ${said} ${going}`;
  useEffect(() => {
    if (key.trim()) {
      reload();
    }
  }, [key, reload]);
}

const PAUSE = 2000; // milliseconds

/** A step that runs is looked for until its run is known, whose progress the stream then tells. */
function useRuns(last: PipelineRun | null, reload: () => void): void {
  const isUnknown = last?.steps.some(step => step.state === 'running' && !step.run_id) ?? false;
  useEffect(() => {
    if (isUnknown) {
      const timer = window.setInterval(reload, PAUSE);
      return () => window.clearInterval(timer);
    }
    return undefined;
  }, [isUnknown, reload]);
}

/** What it said of a step, without how many cells, which the step tells itself. */
function stepSaid(work: Work | null): string {
  return work?.said.replace(/, \d+ of \d+ cells$/, '') ?? '';
}

interface IButtonsProps {
  readonly last: PipelineRun | null;
  readonly followed: IFollowed;
  readonly explains: boolean;
  readonly isBroken: boolean;
  onRun(): void;
  onResume(): void;
  onExplain(): void;
}

function Buttons(props: IButtonsProps): JSX.Element {
  const { last, followed, explains, isBroken, onRun, onResume, onExplain } = props;
  const trans = useTrans();
  const isLive = last?.run?.status === 'RUNNING' || followed.isBusy;
  const mayResume = !isLive && (last?.run?.status === 'FAILED' || last?.run?.status === 'KILLED');
  return (
    <div className="jp-MLOps-bar" role="group" aria-label={trans.__('What to do')}>
      {mayResume ? (
        <button
          type="button"
          className="jp-MLOps-button jp-mod-primary"
          title={trans.__(
            'With what that run was asked for; what finished is cached: only the rest is run'
          )}
          disabled={isBroken}
          onClick={onResume}
        >
          {trans.__('Resume')}
        </button>
      ) : null}
      <button
        type="button"
        className={`jp-MLOps-button ${mayResume ? '' : 'jp-mod-primary'}`}
        title={isLive ? trans.__('It is running') : trans.__('Run what is stale')}
        disabled={isLive || isBroken}
        onClick={onRun}
      >
        {trans.__('Run')}
      </button>
      <CancelButton run={isLive ? last : null} followed={followed} />
      {last ? (
        <button
          type="button"
          className="jp-MLOps-button"
          aria-pressed={explains}
          title={trans.__('What would run now, and why')}
          disabled={isBroken}
          onClick={onExplain}
        >
          {trans.__('Explain')}
        </button>
      ) : null}
    </div>
  );
}

interface ICancelProps {
  readonly run: PipelineRun | null;
  readonly followed: IFollowed;
}

/** Ends the run that goes on, whoever began it. */
function CancelButton({ run, followed }: ICancelProps): JSX.Element | null {
  const mlops = useMLOps();
  const trans = useTrans();
  const [ending, setEnding] = useState('');
  const id = run?.run?.status === 'RUNNING' ? run.run.run_id : '';
  if (!id && !(followed.isBusy && followed.work)) {
    return null;
  }
  const isEnding = followed.isEnding || (ending !== '' && ending === id);
  const cancel = (): void => {
    if (followed.isBusy) {
      followed.cancel();
    } else {
      setEnding(id);
      mlops.post('/runs/{run}/cancel', { names: { run: id } }).catch(() => setEnding(''));
    }
  };
  return (
    <button type="button" className="jp-MLOps-button" disabled={isEnding} onClick={cancel}>
      {isEnding ? trans.__('Cancelling …') : trans.__('Cancel')}
    </button>
  );
}

function RunLine({ run }: { readonly run: PipelineRun }): JSX.Element {
  const trans = useTrans();
  return (
    <p className="jp-MLOps-runLine">
      {run.run ? <Status of={run.run.status} /> : null}
      {run.run?.started ? <Moment at={run.run.started} /> : null}
      <span role="status">{summaryOf(run.steps, trans)}</span>
      {askedText(run) ? <span>{trans.__('with %1', askedText(run))}</span> : null}
      {run.registered ? <span>{trans.__('registered %1', run.registered)}</span> : null}
      {run.run ? <OpenRun run={run.run.run_id} of={run.pipeline} /> : null}
      {run.run?.error ? <span className="jp-MLOps-stepError">{run.run.error}</span> : null}
    </p>
  );
}

interface IStepsProps {
  readonly run: PipelineRun;
  readonly chosen: string | null;
  setChosen(step: string | null): void;
}

function Steps({ run, chosen, setChosen }: IStepsProps): JSX.Element {
  const graph = fold(run.steps, run.edges);
  const node = graph.nodes.find(one => one.name === chosen);
  return (
    <>
      <StepGraph
        graph={graph}
        chosen={chosen}
        onChoose={step => setChosen(step === chosen ? null : step)}
      />
      {node ? <StepDetails node={node} onClose={() => setChosen(null)} /> : null}
    </>
  );
}

interface IPlanProps extends Omit<IStepsProps, 'run'> {
  readonly name: string;
  /** Changes when what would run may have. */
  readonly since: string;
}

/** What would run now, and why: that reads all that the steps depend on, so it is asked for on demand. */
function Plan({ name, since, ...others }: IPlanProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const plan = useData(
    signal =>
      mlops.get('/pipelines/{pipeline}', {
        names: { pipeline: name },
        query: { now: true },
        signal
      }),
    ['config'],
    [name, since]
  );
  if (plan.data === undefined && !plan.error) {
    return <Busy delay={300}>{trans.__('Looking at what each step depends on …')}</Busy>;
  }
  return (
    <Loaded from={plan}>
      {({ now, problem }) =>
        now ? (
          <>
            <p role="status">{planOf(now.steps, trans)}</p>
            <Steps run={now} {...others} />
          </>
        ) : problem ? (
          <Problem problem={problemIn(problem)} onRetry={plan.reload} />
        ) : (
          <Empty title={trans.__('It has no steps.')} />
        )
      }
    </Loaded>
  );
}
