import type { KeyboardEvent } from 'react';

import { Moment, signOf, useTrans } from '../../components';
import type { ModelDetails, ModelVersion } from '../../entities';
import { numberText, signedText } from '../../components/numbers';
import { changeOf, columnsOf, type Change, type HigherIsBetter } from './metrics';
import { AUTHOR, CHAMPION, pointedAt, rejection } from './standing';
import { foremost, foremostIn, gatesText, gatesTextIn } from './words';

const GATES = 'mlops.gates';
const NEWEST = 100; // rows, beside those with an alias

interface IVersionsProps {
  readonly details: ModelDetails;
  readonly higher: HigherIsBetter;
  readonly chosen: string;
  onChoose(version: string): void;
}

/** The versions of a model, newest first, each with its metrics against those of the champion. */
export function Versions({ details, higher, chosen, onChoose }: IVersionsProps): JSX.Element {
  const trans = useTrans();
  const { versions } = details;
  const columns = columnsOf(versions, Object.values(details.gates ?? {}), higher);
  const shown = versions.filter(({ aliases }, at) => at < NEWEST || aliases.length);
  const more = versions.length - shown.length;
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = shown.findIndex(({ version }) => version === chosen);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next !== undefined && shown[next]) {
      event.preventDefault();
      onChoose(shown[next].version);
      const table = event.currentTarget;
      table.querySelectorAll<HTMLElement>('.jp-MLOps-versionName')[next]?.focus();
    }
  };
  return (
    <div className="jp-MLOps-scroll" role="region" aria-label={trans.__('Versions')} tabIndex={0}>
      <table className="jp-MLOps-table jp-MLOps-versions">
        <thead>
          <tr>
            <th scope="col">{trans.__('Version')}</th>
            {columns.map(name => (
              <th key={name} scope="col" className="jp-mod-number">
                {name}
              </th>
            ))}
            <th scope="col">{trans.__('Gates')}</th>
            <th scope="col">{trans.__('Created')}</th>
            <th scope="col">{trans.__('Author')}</th>
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {shown.map(version => (
            <Row
              key={version.version}
              version={version}
              {...{ details, higher, columns, onChoose }}
              isChosen={version.version === chosen}
            />
          ))}
        </tbody>
      </table>
      {more > 0 ? (
        <p className="jp-mod-quiet">{trans._n('and %1 older', 'and %1 older', more)}</p>
      ) : null}
    </div>
  );
}

interface IRowProps {
  readonly version: ModelVersion;
  readonly details: ModelDetails;
  readonly higher: HigherIsBetter;
  readonly columns: readonly string[];
  readonly isChosen: boolean;
  onChoose(version: string): void;
}

function Row({ version, details, higher, columns, isChosen, onChoose }: IRowProps): JSX.Element {
  const trans = useTrans();
  const { version: number, aliases, created, metrics = {}, tags = {} } = version;
  const champion = details.versions.find(one => one.version === pointedAt(details, CHAMPION));
  const isChampion = champion?.version === number;
  const rejected = rejection(details, version);
  return (
    <tr className={isChosen ? 'jp-mod-chosen' : ''} onClick={() => onChoose(number)}>
      <th scope="row">
        <button
          type="button"
          className="jp-MLOps-versionName"
          aria-current={isChosen ? 'true' : undefined}
          aria-label={trans.__('Version %1', number)}
          tabIndex={isChosen ? 0 : -1}
          onClick={event => {
            event.stopPropagation();
            onChoose(number);
          }}
        >
          {number}
          {isChampion ? <span aria-hidden="true"> ★</span> : null}
        </button>
        {aliases.map(alias => (
          <span key={alias} className="jp-MLOps-pill">
            {alias}
          </span>
        ))}
        {rejected ? (
          <span className="jp-MLOps-pill jp-mod-bad" title={rejected.reason ?? undefined}>
            {trans.__('rejected')}
          </span>
        ) : null}
      </th>
      {columns.map(name => (
        <td key={name} className="jp-mod-number">
          {numberText(metrics[name])}
          {isChampion ? null : (
            <ChangeTold change={changeOf(name, metrics[name], champion?.metrics?.[name], higher)} />
          )}
        </td>
      ))}
      <td>
        <GatesTold details={details} version={version} />
      </td>
      <td>{created ? <Moment at={created} /> : null}</td>
      <td>{tags[AUTHOR] ?? ''}</td>
    </tr>
  );
}

function GatesTold({ details, version }: Pick<IRowProps, 'details' | 'version'>): JSX.Element {
  const trans = useTrans();
  const report = details.gates?.[version.version];
  const kept = version.tags?.[GATES] ?? '';
  const text = report ? gatesText(report, trans) : gatesTextIn(kept, trans);
  const [sign, tone] = signOf((report ? foremost(report) : foremostIn(kept)) ?? 'not judged');
  return (
    <span className={`jp-MLOps-status jp-mod-${tone}`}>
      <span className="jp-MLOps-sign" aria-hidden="true">
        {sign}
      </span>
      {text}
    </span>
  );
}

/** How a metric differs from the champion's, with a sign and in a word. */
export function ChangeTold({ change }: { readonly change: Change | null }): JSX.Element | null {
  const trans = useTrans();
  if (!change) {
    return null;
  }
  const { difference, verdict } = change;
  const [sign, word, tone] = {
    better: ['▲', trans.__('better'), 'good'],
    worse: ['▼', trans.__('worse'), 'bad'],
    same: ['=', trans.__('same'), 'quiet'],
    '': ['', '', 'quiet']
  }[verdict];
  return (
    <span className={`jp-MLOps-change jp-mod-${tone}`}>
      <span aria-hidden="true">{sign} </span>
      {verdict === 'same' ? word : `${signedText(difference)} ${word}`.trim()}
    </span>
  );
}
