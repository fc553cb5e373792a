import { useEffect, useRef } from 'react';

import { statusWord } from '../components/status';
import type { CellBadge, MetricChange } from '../entities';
import type { ITongue } from '../tokens';
import { sayMetric, took, type ISaid } from './words';

interface IProps {
  record: CellBadge;
  said: ISaid;
  onOpen: () => void;
  /** It is in the page for the first time. */
  onDrawn: () => void;
  tongue: ITongue;
}

/** All that is on the record of a cell. */
export function Details({ record, said, onOpen, onDrawn, tongue }: IProps): JSX.Element {
  const { trans } = tongue;
  const drawn = useRef(onDrawn);
  useEffect(() => drawn.current(), []);
  const { duration, metrics, run, run_id } = record;
  const status = statusWord(record.status, trans);
  return (
    <>
      <h2>{run || run_id}</h2>
      <p>{duration === null ? status : `${status} · ${took(duration, tongue)}`}</p>
      {said.warnings.length > 0 && (
        <ul aria-label={trans.__('Warnings')}>
          {said.warnings.map(warning => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {metrics.length > 0 && <Metrics metrics={metrics} tongue={tongue} />}
      <button type="button" className="jp-Button jp-mod-styled jp-mod-accept" onClick={onOpen}>
        {trans.__('Open run')}
      </button>
    </>
  );
}

interface IMetricsProps {
  metrics: readonly MetricChange[];
  tongue: ITongue;
}

function Metrics({ metrics, tongue }: IMetricsProps): JSX.Element {
  const { trans } = tongue;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{trans.__('Metric')}</th>
          <th scope="col">{trans.__('Against the run before')}</th>
        </tr>
      </thead>
      <tbody>
        {metrics.map(metric => {
          const { text, change } = sayMetric(metric, trans);
          return (
            <tr key={metric.name}>
              <th scope="row">{text}</th>
              <td>{change || '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
