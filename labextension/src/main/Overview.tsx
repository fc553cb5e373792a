import { useMemo } from 'react';

import { Duration, Loaded, Moment, Status, useData, useMLOps, useTrans } from '../components';
import type { CellRecord, DatasetVersion, Run, RunDetails } from '../entities';
import { ABSENT, bytesText, numberText } from '../components/numbers';
import { leading } from '../panels/runs/metrics';
import { kindText } from '../panels/runs/words';
import { Facts, Fold, RunLink, Section, Table } from './parts';
import { LinePlot } from './plots/LinePlot';
import { Provenance } from './Provenance';

interface IOverviewProps {
  readonly details: RunDetails;
  /** Another value each time that something of the run may have changed. */
  readonly age: string;
  onCell(number: number): void;
}

/** All that is known of a run, beside its notebook. */
export function Overview({ details, age, onCell }: IOverviewProps): JSX.Element {
  const { run, parameters, datasets, cells } = details;
  const trans = useTrans();
  return (
    <div className="jp-MLOps-overview">
      <RunFacts details={details} />
      <Warnings details={details} />
      {parameters.length ? (
        <Section title={trans.__('Parameters')}>
          <Table
            label={trans.__('Parameters')}
            columns={[
              { title: trans.__('Name') },
              { title: trans.__('Value') },
              { title: trans.__('Type') }
            ]}
            rows={parameters.map(({ name, value, type }) => [name, value, type])}
          />
        </Section>
      ) : null}
      <Metrics run={run} age={age} />
      {datasets.length ? <Datasets datasets={datasets} /> : null}
      {cells.length ? <Cells cells={cells} onCell={onCell} /> : null}
      <Artifacts details={details} />
      {details.provenance ? <Provenance provenance={details.provenance} /> : null}
      <Tags run={run} />
    </div>
  );
}

function RunFacts({ details }: { readonly details: RunDetails }): JSX.Element {
  const { run, replay, replay_of, freed } = details;
  const trans = useTrans();
  const link = (id: string | null | undefined): JSX.Element | null =>
    id ? <RunLink run={id} /> : null;
  return (
    <Facts
      facts={[
        [trans.__('Notebook'), run.notebook],
        [trans.__('Experiment'), run.experiment],
        [trans.__('Kind'), kindText(run.kind, trans)],
        [trans.__('Started'), run.started ? <Moment at={run.started} /> : null],
        [trans.__('Took'), run.started ? <Duration began={run.started} ended={run.ended} /> : null],
        [trans.__('Peak memory'), run.peak_memory ? bytesText(run.peak_memory) : null],
        [trans.__('Child of'), link(run.parent)],
        [trans.__('Replaces'), link(run.replaces)],
        [trans.__('Schedule'), run.schedule],
        [trans.__('Replay of'), link(replay_of)],
        [
          trans.__('Replay'),
          replay ? (
            <>
              {replay.verdict} {replay.when ? <Moment at={replay.when} /> : null}{' '}
              {link(replay.run_id)}
            </>
          ) : null
        ],
        [trans.__('Freed'), freed],
        [trans.__('Run'), <code key="id">{run.run_id}</code>]
      ]}
    />
  );
}

/** What makes the record doubtful: cells that were run out of order, files that are not as they were. */
function Warnings({ details }: { readonly details: RunDetails }): JSX.Element | null {
  const { order, damaged } = details;
  const trans = useTrans();
  if (!order.length && !damaged.length) {
    return null;
  }
  return (
    <Section title={trans.__('Warnings')}>
      <ul className="jp-MLOps-warnings">
        {order.map(({ kind, message }, place) => (
          <li key={place}>
            <span aria-hidden="true">⚠</span> <strong>{kind}</strong>: {message}
          </li>
        ))}
        {damaged.map((message, place) => (
          <li key={place}>
            <span aria-hidden="true">⚠</span> <strong>{trans.__('damaged')}</strong>: {message}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Metrics({ run, age }: { readonly run: Run; readonly age: string }): JSX.Element | null {
  const mlops = useMLOps();
  const trans = useTrans();
  const names = leading(run.metrics ?? {}, '');
  const series = useData(
    signal => mlops.get('/runs/{run}/metrics', { names: { run: run.run_id }, signal }),
    [],
    [run.run_id, age]
  );
  if (!names.length && !series.data?.length) {
    return null;
  }
  return (
    <Section title={trans.__('Metrics')}>
      {names.length ? (
        <Table
          label={trans.__('Metrics')}
          columns={[{ title: trans.__('Name') }, { title: trans.__('Value'), numeric: true }]}
          rows={names.map(name => [name, numberText(run.metrics?.[name])])}
        />
      ) : null}
      <Loaded from={series}>
        {found => (
          <div className="jp-MLOps-plots">
            {found
              .filter(points => points.values.length > 1)
              .map(points => (
                <LinePlot
                  key={points.name}
                  metric={points.name}
                  series={[{ ...points, name: run.name }]}
                />
              ))}
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Datasets({ datasets }: { readonly datasets: readonly DatasetVersion[] }): JSX.Element {
  const trans = useTrans();
  return (
    <Section title={trans.__('Data')}>
      <Table
        label={trans.__('Data')}
        columns={[
          { title: trans.__('Dataset') },
          { title: trans.__('Context') },
          { title: trans.__('Rows'), numeric: true },
          { title: trans.__('Source') },
          { title: trans.__('Digest') }
        ]}
        rows={datasets.map(one => [
          one.number ? `${one.name}@${one.number}` : one.name,
          one.wrote ? trans.__('written') : (one.context ?? ''),
          one.rows === null ? ABSENT : one.rows.toLocaleString(),
          one.source,
          <code key="digest">{one.digest.slice(0, 12)}</code>
        ])}
      />
    </Section>
  );
}

interface ICellsProps {
  readonly cells: readonly CellRecord[];
  onCell(number: number): void;
}

function Cells({ cells, onCell }: ICellsProps): JSX.Element {
  const trans = useTrans();
  const rows = useMemo(
    () =>
      cells.map(cell => {
        const first = cell.source.trim().split('\n')[0];
        const number = cell.index + 1;
        return [
          number > 0 ? (
            <button
              type="button"
              className="jp-MLOps-link"
              aria-label={trans.__('Show cell %1', number)}
              onClick={() => onCell(number)}
            >
              {number}
            </button>
          ) : (
            `[${cell.execution_count ?? '?'}]`
          ),
          <Status key="status" of={cell.status} />,
          cell.started && (cell.ended || cell.status === 'running') ? (
            <Duration key="took" began={cell.started} ended={cell.ended} />
          ) : (
            ''
          ),
          cell.peak_memory ? bytesText(cell.peak_memory) : '',
          <code key="source" title={cell.source}>
            {first}
          </code>
        ];
      }),
    [cells, onCell, trans]
  );
  return (
    <Section title={trans.__('Cells')}>
      <Table
        label={trans.__('Cells')}
        columns={[
          { title: trans.__('Cell') },
          { title: trans.__('Status') },
          { title: trans.__('Took'), numeric: true },
          { title: trans.__('Memory'), numeric: true },
          { title: trans.__('Source') }
        ]}
        rows={rows}
      />
    </Section>
  );
}

function Artifacts({ details }: { readonly details: RunDetails }): JSX.Element | null {
  const { artifacts, outputs, artifact_uri } = details;
  const trans = useTrans();
  if (!artifacts.length && !outputs.length) {
    return null;
  }
  const sizes = new Map(outputs.map(output => [output.path, output.size]));
  const names = [...new Set([...artifacts, ...sizes.keys()])].sort();
  return (
    <Fold title={trans.__('Artifacts')} told={trans._n('%1 file', '%1 files', names.length)}>
      <Table
        label={trans.__('Artifacts')}
        columns={[{ title: trans.__('File') }, { title: trans.__('Size'), numeric: true }]}
        rows={names.map(name => [name, sizes.has(name) ? bytesText(sizes.get(name) ?? 0) : ''])}
      />
      {artifact_uri ? <p className="jp-mod-quiet">{trans.__('in %1', artifact_uri)}</p> : null}
    </Fold>
  );
}

function Tags({ run }: { readonly run: Run }): JSX.Element | null {
  const trans = useTrans();
  const tags = Object.entries(run.tags ?? {});
  return tags.length ? (
    <Fold title={trans.__('Tags')} told={String(tags.length)}>
      <Table
        label={trans.__('Tags')}
        columns={[{ title: trans.__('Name') }, { title: trans.__('Value') }]}
        rows={tags}
      />
    </Fold>
  ) : null;
}
