import { Empty, Loaded, useData, useKept, useMLOps, useTrans } from '../../components';
import type { DatasetSummary } from '../../entities';
import { useExecute } from '../../main/commands';
import { bytesText } from '../../components/numbers';
import { DataCommandIDs } from './commands';
import { DatasetPage } from './DatasetPage';
import { Monitors } from './Monitors';
import { countText, digestText } from './texts';

/** The tab Data: the datasets of the project, the chosen one with its versions, and the monitors. */
export function Data(): JSX.Element {
  const mlops = useMLOps();
  const execute = useExecute();
  const [chosen, setChosen] = useKept('dataset', '');
  const datasets = useData(
    signal => mlops.get('/datasets', { signal }),
    ['data', 'config'],
    [mlops.project]
  );
  return (
    <>
      <Loaded from={datasets}>
        {found => {
          if (!found.length) {
            return <NoDatasets />;
          }
          const { name } = found.find(one => one.name === chosen) ?? found[0];
          return (
            <>
              <DatasetList datasets={found} chosen={name} onChoose={setChosen} />
              <DatasetPage
                key={name}
                name={name}
                onOpen={version =>
                  execute(DataCommandIDs.openDataset, {
                    dataset: name,
                    version: version === null ? '' : String(version)
                  })
                }
              />
            </>
          );
        }}
      </Loaded>
      <Monitors />
    </>
  );
}

interface IListProps {
  readonly datasets: readonly DatasetSummary[];
  readonly chosen: string;
  onChoose(name: string): void;
}

function DatasetList({ datasets, chosen, onChoose }: IListProps): JSX.Element {
  const trans = useTrans();
  return (
    <ul className="jp-MLOps-picks" aria-label={trans.__('Datasets')}>
      {datasets.map(dataset => (
        <li key={dataset.name}>
          <button
            type="button"
            aria-current={dataset.name === chosen ? 'true' : undefined}
            onClick={() => onChoose(dataset.name)}
          >
            <span className="jp-MLOps-pickName">{dataset.name}</span>
            <span className="jp-MLOps-pickTold">
              <Told dataset={dataset} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Told({ dataset }: { readonly dataset: DatasetSummary }): JSX.Element {
  const trans = useTrans();
  const { newest, versions } = dataset;
  if (!newest) {
    return <span className="jp-mod-unsure">{trans.__('declared, no version yet')}</span>;
  }
  const { rows, size, digest } = newest;
  return (
    <>
      <span>{trans._n('%1 version', '%1 versions', versions)}</span>
      {rows === null ? null : <span>{trans._n('%2 row', '%2 rows', rows, countText(rows))}</span>}
      {size === null ? null : <span>{bytesText(size)}</span>}
      <code title={digest}>{digestText(digest)}</code>
    </>
  );
}

function NoDatasets(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('No datasets yet.')}>
      <p>
        {trans.__('Add a file in a terminal:')} <code>jupyter mlops dataset add FILE</code>
      </p>
      <p>
        {trans.__('Or put this into a cell of a tracked notebook:')} <code>%track data FILE</code>
      </p>
      <p>{trans.__('Or declare one under “datasets” in mlops.yaml.')}</p>
    </Empty>
  );
}
