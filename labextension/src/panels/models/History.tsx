import { Moment, useTrans } from '../../components';
import type { History, LedgerEntry } from '../../entities';
import { actionText, versionText, whoText } from './words';

const SHOWN = 200; // entries

/** The ledger of a model, newest entry first, and whether it is as it was written. */
export function Ledger({ history }: { readonly history: History | null }): JSX.Element {
  const trans = useTrans();
  if (!history?.entries.length) {
    return <p className="jp-mod-quiet">{trans.__('Nothing was decided yet.')}</p>;
  }
  const { entries, notes } = history;
  const shown = [...entries].reverse().slice(0, SHOWN);
  const heads = [
    trans.__('When'),
    trans.__('Action'),
    trans.__('Version'),
    trans.__('Who'),
    trans.__('Reason')
  ];
  return (
    <>
      <Verdict history={history} />
      {notes.map(note => (
        <p key={note} className="jp-mod-quiet">
          {note}
        </p>
      ))}
      <div className="jp-MLOps-scroll" role="region" aria-label={trans.__('Ledger')} tabIndex={0}>
        <table className="jp-MLOps-table">
          <thead>
            <tr>
              {heads.map(head => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(entry => (
              <Row key={entry.number} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
      {entries.length > SHOWN ? (
        <p className="jp-mod-quiet">
          {trans._n('and %1 older', 'and %1 older', entries.length - SHOWN)}
        </p>
      ) : null}
    </>
  );
}

function Row({ entry }: { readonly entry: LedgerEntry }): JSX.Element {
  const trans = useTrans();
  const isOverride = entry.action === 'override';
  return (
    <tr className={isOverride ? 'jp-mod-bad' : ''}>
      <td title={new Date(entry.when).toISOString()}>
        <Moment at={entry.when} />
      </td>
      <td>
        {isOverride ? <span aria-hidden="true">⚠ </span> : null}
        {actionText(entry, trans)}
      </td>
      <td>{versionText(entry, trans)}</td>
      <td title={entry.host || undefined}>{whoText(entry)}</td>
      <td className="jp-mod-wide">
        {entry.reason}
        {entry.overridden.length ? (
          <div>{trans.__('in spite of: %1', entry.overridden.join('; '))}</div>
        ) : null}
      </td>
    </tr>
  );
}

function Verdict({ history }: { readonly history: History }): JSX.Element {
  const trans = useTrans();
  const { entries, findings, head } = history;
  if (findings === null) {
    return <p className="jp-mod-quiet">{trans.__('The chain of its entries was not verified.')}</p>;
  }
  if (!findings.length) {
    return (
      <p className="jp-mod-good">
        <span className="jp-MLOps-sign" aria-hidden="true">
          ✓
        </span>
        {trans._n(
          'Verified: %1 entry is as it was written.',
          'Verified: all %1 entries are as they were written.',
          entries.length
        )}{' '}
        {head ? (
          <span className="jp-mod-quiet">{trans.__('Head %1', head.slice(0, 12))}</span>
        ) : null}
      </p>
    );
  }
  return (
    <ul className="jp-MLOps-findings jp-mod-bad" role="alert">
      {findings.map(({ kind, message }) => (
        <li key={`${kind} ${message}`}>
          <span aria-hidden="true">✗ </span>
          {kind}: {message}
        </li>
      ))}
    </ul>
  );
}
