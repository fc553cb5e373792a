import { Moment, useData, useMLOps, useTrans } from '../../components';
import type { DatasetVersion, LedgerEntry, ModelDetails, ModelVersion } from '../../entities';
import { Facts, RunLink } from '../../main/parts';
import { AUTHOR, entriesOn } from './standing';
import { actionText, whoText } from './words';

interface IOriginProps {
  readonly details: ModelDetails;
  readonly version: ModelVersion;
}

/** Where a version comes from: its run, notebook, code and data; and who decided what on it. */
export function Origin({ details, version }: IOriginProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const { run_id: run, tags = {} } = version;
  const found = useData(
    signal => (run ? mlops.get('/runs/{run}', { names: { run }, signal }) : Promise.resolve(null)),
    [],
    [run]
  );
  const known = found.data;
  const git = known?.provenance?.git;
  const decided = entriesOn(details, version);
  return (
    <Facts
      facts={[
        [
          trans.__('Run'),
          run ? (
            <RunLink run={run} name={known?.run.name} />
          ) : (
            trans.__('not known: registered by hand')
          )
        ],
        [trans.__('Notebook'), known?.run.notebook],
        [trans.__('Data'), known ? <DataRead datasets={known.datasets} /> : null],
        [
          trans.__('Code'),
          git?.commit
            ? trans.__('commit %1', git.commit.slice(0, 10)) +
              (git.dirty ? trans.__(', with changes that were not committed') : '')
            : null
        ],
        [
          trans.__('Registered'),
          <>
            {version.created ? <Moment at={version.created} /> : null}{' '}
            {tags[AUTHOR] ? trans.__('by %1', tags[AUTHOR]) : ''}
          </>
        ],
        [
          trans.__('Decided'),
          decided.length ? <Decisions entries={decided} /> : trans.__('nothing yet')
        ],
        [trans.__('Unknown'), found.error?.message]
      ]}
    />
  );
}

function DataRead({ datasets }: { readonly datasets: readonly DatasetVersion[] }): JSX.Element {
  const trans = useTrans();
  const read = datasets.filter(({ wrote }) => !wrote);
  if (!read.length) {
    return <>{trans.__('the run recorded none')}</>;
  }
  return (
    <ul className="jp-MLOps-lines">
      {read.map(({ name, number, digest, context, rows }) => (
        <li key={`${name} ${digest} ${context ?? ''}`} title={digest}>
          {number === null ? name : `${name}@${number}`}{' '}
          <span className="jp-mod-quiet">
            {[
              context,
              rows === null ? '' : trans._n('%1 row', '%1 rows', rows),
              digest.slice(0, 12)
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Decisions({ entries }: { readonly entries: readonly LedgerEntry[] }): JSX.Element {
  const trans = useTrans();
  return (
    <ul className="jp-MLOps-lines">
      {entries.map(entry => (
        <li key={entry.number} className={entry.action === 'override' ? 'jp-mod-bad' : ''}>
          {trans.__('%1 by %2', actionText(entry, trans), whoText(entry))}{' '}
          <span className="jp-mod-quiet">
            <Moment at={entry.when} />
            {entry.reason ? ` · ${entry.reason}` : ''}
          </span>
        </li>
      ))}
    </ul>
  );
}
