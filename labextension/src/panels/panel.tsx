import type { TranslationBundle } from '@jupyterlab/translation';

import { Boundary, Problem, Tabs, useMLOps, useSignal, useTrans } from '../components';
import { TABS, type TabName } from '../tokens';
import { Data } from './data';
import { Models } from './models';
import { Pipelines } from './pipelines';
import { Runs } from './runs';
import { Schedules } from './schedules';

const SHOWN: Readonly<Record<TabName, () => JSX.Element>> = {
  runs: Runs,
  pipelines: Pipelines,
  schedules: Schedules,
  models: Models,
  data: Data
};

/** What a tab is called. */
export function tabTitle(name: TabName, trans: TranslationBundle): string {
  const titles: Readonly<Record<TabName, string>> = {
    runs: trans.__('Runs'),
    pipelines: trans.__('Pipelines'),
    schedules: trans.__('Schedules'),
    models: trans.__('Models'),
    data: trans.__('Data')
  };
  return titles[name];
}

/** The panel at the left: whose project it shows, how the server is, and the tabs. */
export function Panel(props: { tab: TabName; onTab: (tab: TabName) => void }): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  useSignal(mlops.stateChanged);
  const { info, project, state } = mlops;
  const Shown = SHOWN[props.tab];
  return (
    <>
      <div className="jp-MLOps-head">
        <h2 title={project || undefined}>
          <span className="jp-MLOps-unseen">{trans.__('Project')} </span>
          {info?.name ?? trans.__('MLOps')}
        </h2>
      </div>
      <Notice />
      <Tabs
        label={trans.__('MLOps')}
        tabs={TABS.map(name => ({ name, title: tabTitle(name, trans) }))}
        current={props.tab}
        onChange={props.onTab}
      >
        {state !== 'disabled' && (
          <Boundary key={`${project}/${props.tab}`} trans={trans}>
            <Shown />
          </Boundary>
        )}
      </Tabs>
    </>
  );
}

/** Why the server cannot be worked with as it is. */
function Notice(): JSX.Element | null {
  const mlops = useMLOps();
  const trans = useTrans();
  const { problem, state } = mlops;
  if (!problem) {
    return null;
  }
  return state === 'slow' ? (
    <div className="jp-MLOps-notice" role="status">
      <p className="jp-MLOps-problemMessage">{problem.message}</p>
      <p>{problem.hint}</p>
      <button type="button" className="jp-MLOps-button" onClick={() => void mlops.retry()}>
        {trans.__('Try again')}
      </button>
    </div>
  ) : (
    <Problem problem={problem} onRetry={() => void mlops.retry()} />
  );
}
