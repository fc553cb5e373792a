import { useState, type ReactNode } from 'react';

import { Loaded, Moment, Status, useData, useMLOps, useTrans } from '../components';
import type { RunComparison } from '../entities';
import { ABSENT, numberText } from '../components/numbers';
import { kindText } from '../panels/runs/words';
import {
  axesOf,
  metricRows,
  namesOf,
  parameterRows,
  varying,
  type IAxis,
  type IComparedRow
} from './comparing';
import { RunLink, Section } from './parts';
import { LinePlot } from './plots/LinePlot';
import { ParallelPlot } from './plots/ParallelPlot';
import { ScatterPlot } from './plots/ScatterPlot';

const AXES = 8; // of parallel coordinates

/** Runs side by side: a table, the courses of their metrics, one value against another. */
export function CompareView({ runs }: { readonly runs: readonly string[] }): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const found = useData(
    signal => mlops.get('/comparison', { query: { run: [...runs] }, signal }),
    ['runs'],
    [runs.join()]
  );
  return (
    <div className="jp-MLOps-main">
      <Loaded from={found}>
        {comparison => (
          <div className="jp-MLOps-page">
            <header className="jp-MLOps-mainHead">
              <div className="jp-MLOps-title">
                <h2>{trans.__('%1 runs side by side', comparison.runs.length)}</h2>
              </div>
            </header>
            <SideBySide found={comparison} />
            <Courses found={comparison} />
            <Against found={comparison} />
          </div>
        )}
      </Loaded>
    </div>
  );
}

interface IPartProps {
  readonly found: RunComparison;
}

function SideBySide({ found }: IPartProps): JSX.Element {
  const trans = useTrans();
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const names = namesOf(found.runs);
  const wanted = <T,>(rows: readonly IComparedRow<T>[]): readonly IComparedRow<T>[] =>
    rows.filter(row => row.differs || !onlyDifferent);
  const facts: [string, ReactNode[]][] = [
    [trans.__('Status'), found.runs.map(run => <Status key={run.run_id} of={run.status} />)],
    [trans.__('Kind'), found.runs.map(run => kindText(run.kind, trans))],
    [
      trans.__('Started'),
      found.runs.map(run => (run.started ? <Moment key={run.run_id} at={run.started} /> : ABSENT))
    ],
    [trans.__('Notebook'), found.runs.map(run => run.notebook ?? ABSENT)]
  ];
  return (
    <Section title={trans.__('Values')}>
      <label className="jp-MLOps-check">
        <input
          type="checkbox"
          checked={onlyDifferent}
          onChange={event => setOnlyDifferent(event.target.checked)}
        />{' '}
        {trans.__('Only rows that differ')}
      </label>
      <div
        className="jp-MLOps-scroll jp-mod-tall"
        role="region"
        aria-label={trans.__('Runs side by side')}
        tabIndex={0}
      >
        <table className="jp-MLOps-table jp-MLOps-compared">
          <thead>
            <tr>
              <td />
              {found.runs.map((run, place) => (
                <th key={run.run_id} scope="col">
                  <RunLink run={run.run_id} name={names[place]} />
                </th>
              ))}
            </tr>
          </thead>
          <Group title={trans.__('Run')} width={names.length}>
            {facts.map(([name, values]) => (
              <Row key={name} name={name} values={values} />
            ))}
          </Group>
          <Group title={trans.__('Parameters')} width={names.length}>
            {wanted(parameterRows(found)).map(row => (
              <Row
                key={row.name}
                name={row.name}
                differs={row.differs}
                values={row.values.map(value => value ?? ABSENT)}
              />
            ))}
          </Group>
          <Group title={trans.__('Metrics')} width={names.length}>
            {wanted(metricRows(found)).map(row => (
              <Row
                key={row.name}
                name={row.name}
                differs={row.differs}
                numeric
                values={row.values.map((_, place) => (
                  <Ranked key={place} row={row} place={place} />
                ))}
              />
            ))}
          </Group>
        </table>
      </div>
    </Section>
  );
}

function Group(props: {
  readonly title: string;
  readonly width: number;
  readonly children: readonly ReactNode[];
}): JSX.Element | null {
  return props.children.length ? (
    <tbody>
      <tr className="jp-MLOps-group">
        <th scope="rowgroup" colSpan={props.width + 1}>
          {props.title}
        </th>
      </tr>
      {props.children}
    </tbody>
  ) : null;
}

function Row(props: {
  readonly name: string;
  readonly values: readonly ReactNode[];
  readonly differs?: boolean;
  readonly numeric?: boolean;
}): JSX.Element {
  const trans = useTrans();
  return (
    <tr className={props.differs ? 'jp-mod-differs' : ''}>
      <th scope="row">
        {props.differs ? (
          <>
            <span role="img" aria-label={trans.__('differs')} title={trans.__('differs')}>
              ≠
            </span>{' '}
          </>
        ) : null}
        {props.name}
      </th>
      {props.values.map((value, place) => (
        <td key={place} className={props.numeric ? 'jp-mod-number' : ''}>
          {value}
        </td>
      ))}
    </tr>
  );
}

/** A value, with a mark where no run has more, or less: which of them is better, nobody has said. */
function Ranked(props: {
  readonly row: IComparedRow<number>;
  readonly place: number;
}): JSX.Element {
  const trans = useTrans();
  const { row, place } = props;
  const mark = row.highest.includes(place)
    ? (['▴', trans.__('highest')] as const)
    : row.lowest.includes(place)
      ? (['▾', trans.__('lowest')] as const)
      : null;
  return (
    <span title={String(row.values[place] ?? '')}>
      {numberText(row.values[place])}
      {mark ? (
        <>
          {' '}
          <span className="jp-MLOps-rank" role="img" aria-label={mark[1]} title={mark[1]}>
            {mark[0]}
          </span>
        </>
      ) : null}
    </span>
  );
}

/** The courses of the metrics that were logged several times. */
function Courses({ found }: IPartProps): JSX.Element | null {
  const trans = useTrans();
  const names = namesOf(found.runs);
  const metrics = Object.entries(found.series ?? {})
    .filter(([, points]) => points.some(one => one.values.length > 1))
    .sort(([left], [right]) => left.localeCompare(right));
  const [chosen, setChosen] = useState('');
  if (!metrics.length) {
    return null;
  }
  const [metric, points] = metrics.find(([name]) => name === chosen) ?? metrics[0];
  return (
    <Section title={trans.__('Courses')}>
      {metrics.length > 1 ? (
        <Choice
          label={trans.__('Metric')}
          value={metric}
          options={metrics.map(([name]) => [name, name])}
          onChange={setChosen}
        />
      ) : null}
      <LinePlot
        metric={metric}
        series={points.map((one, place) => ({ ...one, name: names[place] }))}
      />
    </Section>
  );
}

/** One value of the runs against another, and all of them at once. */
function Against({ found }: IPartProps): JSX.Element | null {
  const trans = useTrans();
  const names = namesOf(found.runs);
  const all = axesOf(found);
  const axes = varying(all);
  const metrics = all.filter(axis => axis.kind === 'metric');
  const [xKey, setX] = useState('');
  const [yKey, setY] = useState('');
  const y = metrics.find(axis => axis.key === yKey) ?? axes.find(isMetric) ?? metrics[0];
  const others = all.filter(axis => axis !== y);
  const x = others.find(axis => axis.key === xKey) ?? mostVaried(others);
  if (!x || !y) {
    return null;
  }
  const options = (from: readonly IAxis[]): [string, string][] =>
    from.map(axis => [axis.key, axis.name]);
  const shown = [
    ...axes.filter(axis => !isMetric(axis)).slice(0, AXES - 1),
    ...axes.filter(isMetric)
  ].slice(0, AXES);
  return (
    <>
      <Section title={trans.__('One against another')}>
        <div className="jp-MLOps-choices">
          <Choice
            label={trans.__('Metric')}
            value={y.key}
            options={options(metrics)}
            onChange={setY}
          />
          <Choice
            label={trans.__('against')}
            value={x.key}
            options={options(others)}
            onChange={setX}
          />
        </div>
        <ScatterPlot names={names} x={x} y={y} />
      </Section>
      {shown.length > 2 ? (
        <Section title={trans.__('Parallel coordinates')}>
          <ParallelPlot names={names} axes={shown} />
        </Section>
      ) : null}
    </>
  );
}

/** The axis along which the runs lie most apart: a parameter, where there is one. */
function mostVaried(axes: readonly IAxis[]): IAxis | undefined {
  const rank = (axis: IAxis): number =>
    new Set<unknown>(axis.values).size + (isMetric(axis) ? 0 : 100);
  return [...axes].sort((left, right) => rank(right) - rank(left))[0];
}

const isMetric = (axis: IAxis): boolean => axis.kind === 'metric';

interface IChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  onChange(value: string): void;
}

function Choice({ label, value, options, onChange }: IChoiceProps): JSX.Element {
  return (
    <label className="jp-MLOps-choice">
      {label}{' '}
      <select value={value} onChange={event => onChange(event.target.value)}>
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
