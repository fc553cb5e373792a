import { Empty, Loaded, signOf, useData, useKept, useMLOps, useTrans } from '../../components';
import type { ModelSummary } from '../../entities';
import { useExecute } from '../../main/commands';
import { OpenCommandIDs } from '../../main/openCommands';
import { CommandIDs } from '../../tokens';
import { ModelPage } from './ModelPage';
import { CHAMPION } from './standing';
import { foremostIn, gatesTextIn } from './words';

/** The registered models of the project; the chosen one with its versions. */
export function Models(): JSX.Element {
  const mlops = useMLOps();
  const execute = useExecute();
  const [chosen, setChosen] = useKept('model', '');
  const models = useData(
    signal => mlops.get('/models', { signal }),
    ['models', 'config'],
    [mlops.project]
  );
  return (
    <Loaded from={models}>
      {found => {
        if (!found.length) {
          return <NoModels />;
        }
        const { name } = found.find(one => one.name === chosen) ?? found[0];
        return (
          <>
            <ModelList models={found} chosen={name} onChoose={setChosen} />
            <ModelPage
              key={name}
              name={name}
              onOpen={(version, part) =>
                execute(OpenCommandIDs.openModel, {
                  model: name,
                  version,
                  ...(part ? { part } : {})
                })
              }
            />
          </>
        );
      }}
    </Loaded>
  );
}

interface IListProps {
  readonly models: readonly ModelSummary[];
  readonly chosen: string;
  onChoose(name: string): void;
}

function ModelList({ models, chosen, onChoose }: IListProps): JSX.Element {
  const trans = useTrans();
  return (
    <ul className="jp-MLOps-picks" aria-label={trans.__('Registered models')}>
      {models.map(model => (
        <li key={model.name}>
          <button
            type="button"
            aria-current={model.name === chosen ? 'true' : undefined}
            onClick={() => onChoose(model.name)}
          >
            <span className="jp-MLOps-pickName">{model.name}</span>
            <Told model={model} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Told({ model }: { readonly model: ModelSummary }): JSX.Element {
  const trans = useTrans();
  const { aliases = {}, newest, gates, rejected } = model;
  const champion = aliases[CHAMPION];
  const [sign, tone] = signOf(foremostIn(gates) ?? 'not judged');
  return (
    <span className="jp-MLOps-pickTold">
      <span>{champion ? trans.__('★ champion %1', champion) : trans.__('no champion')}</span>
      {newest.version === champion ? null : (
        <>
          <span>{trans.__('newest %1:', newest.version)}</span>
          <span className={`jp-MLOps-status jp-mod-${rejected ? 'bad' : tone}`}>
            <span className="jp-MLOps-sign" aria-hidden="true">
              {rejected ? '✗' : sign}
            </span>
            {rejected
              ? trans.__('rejected')
              : gates
                ? gatesTextIn(gates, trans)
                : trans.__('gates not judged')}
          </span>
        </>
      )}
    </span>
  );
}

function NoModels(): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  return (
    <Empty title={trans.__('There is no registered model yet.')}>
      <p>
        {trans.__(
          'Run a notebook headless and give a name in “Register as”, or register what a tracked notebook made with %track model.'
        )}
      </p>
      <button
        type="button"
        className="jp-MLOps-button"
        onClick={() => execute(CommandIDs.runHeadless)}
      >
        {trans.__('Run headless …')}
      </button>
    </Empty>
  );
}
