import { useId } from 'react';

import { Duration, Status, useTrans } from '../../components';
import type { StepRun } from '../../entities';
import { Facts, RunLink, Table } from '../../main/parts';
import { numberText } from '../../components/numbers';
import { OpenRun } from './OpenRun';
import { cellOf, type Node } from './nodes';

interface IStepDetailsProps {
  readonly node: Node;
  onClose(): void;
}

/** All that is known of a step; of a grid each of its points. */
export function StepDetails({ node, onClose }: IStepDetailsProps): JSX.Element {
  const trans = useTrans();
  const id = useId();
  const isGrid = node.points.length > 1;
  return (
    <section className="jp-MLOps-step" aria-labelledby={id}>
      <header>
        <h4 id={id}>{node.name}</h4>
        {node.after.length ? (
          <span className="jp-mod-quiet">{trans.__('after %1', node.after.join(', '))}</span>
        ) : null}
        <button type="button" className="jp-MLOps-button" onClick={onClose}>
          {trans.__('Close')}
        </button>
      </header>
      {isGrid ? <Points node={node} /> : <Point point={node.points[0]} name={node.name} />}
    </section>
  );
}

const METRICS = 4; // columns

/** The points of a grid side by side. */
function Points({ node }: { readonly node: Node }): JSX.Element {
  const trans = useTrans();
  const names = [...new Set(node.points.flatMap(({ metrics = {} }) => Object.keys(metrics)))];
  const shown = names.slice(0, METRICS);
  const errors = node.points.filter(({ error }) => error);
  return (
    <>
      <Table
        label={trans.__('Points of %1', node.name)}
        columns={[
          { title: trans.__('Point') },
          { title: trans.__('State') },
          { title: trans.__('Time'), numeric: true },
          ...shown.map(title => ({ title, numeric: true })),
          { title: trans.__('Run') },
          { title: trans.__('Why') }
        ]}
        rows={node.points.map(point => [
          <>
            {point.point}
            {point.selected ? <span className="jp-MLOps-pill">{trans.__('best')}</span> : null}
          </>,
          <State key="state" point={point} />,
          <Time key="time" point={point} />,
          ...shown.map(name => numberText(point.metrics?.[name])),
          point.run_id ? <RunLink key="run" run={point.run_id} /> : null,
          point.why
        ])}
      />
      {errors.map(({ point, error }) => (
        <pre key={point} className="jp-MLOps-stepError">
          {`${point}: ${error}`}
        </pre>
      ))}
    </>
  );
}

function State({ point }: { readonly point: StepRun }): JSX.Element {
  const trans = useTrans();
  const { cells, attempt, state } = point;
  return (
    <>
      <Status of={state} />
      {state === 'running' && cells ? (
        <span>{trans.__(', cell %1 of %2', cellOf(point), cells)}</span>
      ) : null}
      {attempt > 1 ? <span>{trans.__(', attempt %1', attempt)}</span> : null}
    </>
  );
}

function Time({ point }: { readonly point: StepRun }): JSX.Element | null {
  const { started, ended, state } = point;
  return started && (ended || state === 'running') ? (
    <Duration began={started} ended={ended} />
  ) : null;
}

interface IPointProps {
  readonly point: StepRun;
  readonly name: string;
}

function Point({ point, name }: IPointProps): JSX.Element {
  const { run_id, why, error } = point;
  return (
    <>
      <p className="jp-MLOps-stepLine">
        <span>
          <State point={point} />
        </span>
        <Time point={point} />
        {run_id ? <OpenRun run={run_id} of={name} /> : null}
      </p>
      {why ? <p className="jp-MLOps-stepWhy">{why}</p> : null}
      {error && error !== why ? <pre className="jp-MLOps-stepError">{error}</pre> : null}
      <Known point={point} />
    </>
  );
}

function Known({ point }: { readonly point: StepRun }): JSX.Element | null {
  const trans = useTrans();
  const metrics = Object.entries(point.metrics ?? {}).map(
    ([name, value]) => [name, numberText(value)] as const
  );
  const facts = [
    [trans.__('Metrics'), metrics],
    [trans.__('Parameters'), Object.entries(point.parameters ?? {})],
    [
      trans.__('Outputs'),
      Object.entries(point.outputs ?? {}).map(
        ([name, { digest }]) => [name, digest.slice(0, 12)] as const
      )
    ]
  ] as const;
  return (
    <>
      {facts
        .filter(([, pairs]) => pairs.length)
        .map(([title, pairs]) => (
          <details key={title} className="jp-MLOps-fold" open={title === facts[0][0]}>
            <summary>
              {title} <span className="jp-mod-quiet">{pairs.length}</span>
            </summary>
            <Facts facts={pairs} />
          </details>
        ))}
    </>
  );
}
