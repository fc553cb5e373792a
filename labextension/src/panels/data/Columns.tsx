import { useState } from 'react';

import { useTrans } from '../../components';
import type { ColumnProfile, DatasetDetails } from '../../entities';
import { MiniHistogram } from './MiniHistogram';
import { boundText, countText, missingText, shortText } from './texts';

const SHOWN = 100;
const MANY = 12; // columns from which on they are searched

/** The columns of a dataset version: what they are and how their values are spread. */
export function Columns({ details }: { readonly details: DatasetDetails }): JSX.Element {
  const trans = useTrans();
  const [wanted, setWanted] = useState('');
  const { profile, version } = details;
  const columns: readonly Pick<ColumnProfile, 'name' | 'dtype'>[] =
    profile?.columns ??
    Object.entries(version.schema ?? {}).map(([name, dtype]) => ({ name, dtype }));
  const found = columns.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  if (!columns.length) {
    return <p className="jp-mod-quiet">{trans.__('It has no columns.')}</p>;
  }
  return (
    <>
      {columns.length > MANY ? (
        <input
          type="search"
          aria-label={trans.__('Search columns')}
          placeholder={trans.__('Search columns')}
          value={wanted}
          onChange={event => setWanted(event.target.value)}
        />
      ) : null}
      {profile?.sampled ? (
        <p className="jp-mod-quiet">
          {trans.__('Quantiles and distributions are of %1 rows.', countText(profile.sampled))}
        </p>
      ) : null}
      <ul className="jp-MLOps-columns" aria-label={trans.__('Columns')}>
        {found.slice(0, SHOWN).map(column => (
          <Column key={column.name} column={column} />
        ))}
      </ul>
      <p className="jp-mod-quiet" role="status">
        {found.length > SHOWN
          ? trans.__('The first %1 of %2 columns; search for others.', SHOWN, found.length)
          : wanted
            ? trans._n('%1 column', '%1 columns', found.length)
            : ''}
      </p>
    </>
  );
}

function Column(props: {
  readonly column: Pick<ColumnProfile, 'name' | 'dtype'> | ColumnProfile;
}): JSX.Element {
  const { column } = props;
  return (
    <li>
      <div>
        <span className="jp-MLOps-columnName">{column.name}</span>{' '}
        <code className="jp-mod-quiet">{column.dtype}</code>
        {'count' in column ? <Told column={column} /> : null}
      </div>
      {'count' in column ? <MiniHistogram column={column} /> : null}
    </li>
  );
}

function Told({ column }: { readonly column: ColumnProfile }): JSX.Element {
  const trans = useTrans();
  const { kind, minimum, maximum, mean, missing, distinct, top, histogram } = column;
  const told = [
    missing ? trans.__('%1 missing', missingText(column)) : '',
    distinct === null ? '' : trans._n('%1 distinct', '%1 distinct', distinct),
    minimum !== null && maximum !== null
      ? trans.__('%1 to %2', boundText(minimum, kind), boundText(maximum, kind))
      : '',
    mean === null ? '' : trans.__('mean %1', shortText(mean)),
    !histogram && top.length ? trans.__('most often %1', String(top[0][0])) : ''
  ];
  return <div className="jp-mod-quiet">{told.filter(Boolean).join(' · ')}</div>;
}
