import { useState } from 'react';

import { Empty, Loaded, absolute, useData, useMLOps, useTrans } from '../../components';
import type { DatasetDetails, DatasetPage as Page } from '../../entities';
import { Facts, Fold } from '../../main/parts';
import { bytesText } from '../../components/numbers';
import { Columns } from './Columns';
import { LineageOf } from './LineageGraph';
import { countText, digestText, labelOf } from './texts';
import { Uses } from './Uses';
import { Versions } from './Versions';

interface IDatasetPageProps {
  readonly name: string;
  /** The version to look at first; the newest where none is named. */
  readonly version?: number;
  /** Opens it in a place of its own; left out where it is in one. */
  onOpen?(version: number | null): void;
}

/** A dataset: its versions, and all that is known of the one that is looked at. */
export function DatasetPage({ name, version, onOpen }: IDatasetPageProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const [chosen, setChosen] = useState<number | null>(version ?? null);
  const page = useData(
    signal =>
      mlops.get('/datasets/{dataset}', {
        names: { dataset: name },
        query: chosen === null ? {} : { version: chosen },
        signal
      }),
    ['data', 'config'],
    [name, chosen]
  );
  return (
    <section className="jp-MLOps-dataset" aria-label={name}>
      <header className="jp-MLOps-pageHead">
        <h3>{name}</h3>
        {onOpen ? (
          <button
            type="button"
            className="jp-MLOps-button"
            aria-label={trans.__('Open %1 in a tab', name)}
            onClick={() => onOpen(chosen)}
          >
            {trans.__('Open')}
          </button>
        ) : null}
      </header>
      <Loaded from={page}>
        {found => <Content page={found} isWhole={!onOpen} onChoose={setChosen} />}
      </Loaded>
    </section>
  );
}

interface IContentProps {
  readonly page: Page;
  /** Whether there is room for all that is known. */
  readonly isWhole: boolean;
  onChoose(version: number): void;
}

function Content({ page, isWhole, onChoose }: IContentProps): JSX.Element {
  const { name, versions, details } = page;
  if (!versions.length) {
    return <NoVersions name={name} />;
  }
  return (
    <div className="jp-MLOps-datasetBody">
      <div>
        <Versions
          versions={versions}
          chosen={details?.version.number ?? null}
          onChoose={onChoose}
        />
      </div>
      {details ? <Details details={details} isWhole={isWhole} /> : null}
    </div>
  );
}

function NoVersions({ name }: { readonly name: string }): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('%1 is declared and has no version yet.', name)}>
      <p>
        {trans.__('Add the first one in a terminal:')} <code>jupyter mlops dataset add {name}</code>
      </p>
    </Empty>
  );
}

interface IDetailsProps {
  readonly details: DatasetDetails;
  readonly isWhole: boolean;
}

function Details({ details, isWhole }: IDetailsProps): JSX.Element {
  const trans = useTrans();
  const { version, content, gone, uses, profile } = details;
  const { digest, source, key, ordered, created, size, rows, number } = version;
  const columns = profile?.columns.length ?? Object.keys(version.schema ?? {}).length;
  return (
    <div className="jp-MLOps-datasetDetails" role="group" aria-label={labelOf(version)}>
      <h4>{labelOf(version)}</h4>
      {gone ? (
        <p className="jp-mod-bad">
          <span className="jp-MLOps-sign" aria-hidden="true">
            ⚠
          </span>
          {trans.__('Its content is gone: there is neither a copy nor a source that holds it.')}
        </p>
      ) : null}
      <Facts
        facts={[
          [trans.__('Rows'), rows === null ? null : countText(rows)],
          [trans.__('Size'), size === null ? null : bytesText(size)],
          [trans.__('Created'), created ? absolute(new Date(created)) : null],
          [trans.__('Source'), source],
          [trans.__('Content'), isWhole ? content : null],
          [trans.__('Key'), (key ?? []).join(', ')],
          [trans.__('Order of rows'), ordered ? null : trans.__('does not matter')],
          [
            trans.__('Digest'),
            <code key="digest" title={digest}>
              {isWhole ? digest : digestText(digest)}
            </code>
          ]
        ]}
      />
      <Fold title={trans.__('Columns')} told={String(columns)} open={isWhole}>
        <Columns details={details} />
      </Fold>
      <Fold title={trans.__('Used by')} told={String(uses.length)} open={uses.length > 0}>
        <Uses uses={uses} />
      </Fold>
      {number === null ? null : (
        <Fold title={trans.__('Lineage')} open={isWhole && uses.length > 0}>
          <LineageOf key={labelOf(version)} dataset={version.name} version={number} />
        </Fold>
      )}
    </div>
  );
}
