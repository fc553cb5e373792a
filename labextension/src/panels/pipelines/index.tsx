import {
  Empty,
  Loaded,
  Moment,
  Status,
  useData,
  useKept,
  useMLOps,
  useTrans
} from '../../components';
import type { PipelineSummary } from '../../entities';
import { useExecute } from '../../main/commands';
import { OpenCommandIDs } from '../../main/openCommands';
import { PipelinePage } from './PipelinePage';

/** The pipelines of the project; the chosen one with its steps. */
export function Pipelines(): JSX.Element {
  const mlops = useMLOps();
  const execute = useExecute();
  const [chosen, setChosen] = useKept('pipeline', '');
  const pipelines = useData(
    signal => mlops.get('/pipelines', { signal }),
    ['pipelines', 'runs', 'config'],
    [mlops.project]
  );
  return (
    <Loaded from={pipelines}>
      {found => {
        if (!found.length) {
          return <NoPipelines />;
        }
        const summary = found.find(({ name }) => name === chosen) ?? found[0];
        return (
          <>
            <PipelineList pipelines={found} chosen={summary.name} onChoose={setChosen} />
            <PipelinePage
              key={summary.name}
              summary={summary}
              onOpen={() => execute(OpenCommandIDs.openPipeline, { pipeline: summary.name })}
            />
          </>
        );
      }}
    </Loaded>
  );
}

interface IListProps {
  readonly pipelines: readonly PipelineSummary[];
  readonly chosen: string;
  onChoose(name: string): void;
}

function PipelineList({ pipelines, chosen, onChoose }: IListProps): JSX.Element {
  const trans = useTrans();
  return (
    <ul className="jp-MLOps-picks" aria-label={trans.__('Pipelines')}>
      {pipelines.map(({ name, last, problem, steps }) => (
        <li key={name}>
          <button
            type="button"
            aria-current={name === chosen ? 'true' : undefined}
            onClick={() => onChoose(name)}
          >
            <span className="jp-MLOps-pickName">{name}</span>
            <span className="jp-MLOps-pickTold">
              {problem ? (
                <span className="jp-MLOps-status jp-mod-bad">
                  <span className="jp-MLOps-sign" aria-hidden="true">
                    !
                  </span>
                  {trans.__('cannot run')}
                </span>
              ) : last ? (
                <>
                  <Status of={last.status} /> {last.started ? <Moment at={last.started} /> : null}
                </>
              ) : (
                trans.__('has not run')
              )}
              <span className="jp-mod-quiet">{trans._n('%1 step', '%1 steps', steps.length)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const EXAMPLE = `pipelines:
  churn:
    steps:
      prepare: {notebook: prepare.ipynb,
                outputs: {features: features.parquet}}
      train: {notebook: train.ipynb, inputs: {features: features.parquet}}
`;

function NoPipelines(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('There is no pipeline yet.')}>
      <p>
        {trans.__(
          'Create mlops.yaml in the folder of the project and name the steps there: a step runs a notebook, and comes after those whose outputs are its inputs.'
        )}
      </p>
      <pre tabIndex={0} aria-label={trans.__('An example of mlops.yaml')}>
        {EXAMPLE}
      </pre>
    </Empty>
  );
}
