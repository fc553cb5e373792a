import { Loaded, Moment, Sparkline, useData, useMLOps, useTrans } from '../../components';
import type { MonitorState } from '../../entities';
import { useExecute } from '../../main/commands';
import { DataCommandIDs } from './commands';
import { lastOf, standingOf, worstOf } from './monitoring';

const DRAWN = 30; // readings

/** The monitors with what they found last. */
export function Monitors(): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const monitors = useData(
    signal => mlops.get('/monitors', { signal }),
    ['data', 'config', 'models'],
    [mlops.project]
  );
  return (
    <section className="jp-MLOps-monitors" aria-labelledby="jp-mlops-monitors">
      <h3 id="jp-mlops-monitors">{trans.__('Monitors')}</h3>
      <Loaded from={monitors}>
        {found =>
          found.length ? (
            <ul className="jp-MLOps-monitorList">
              {found.map(state => (
                <MonitorItem key={state.name} state={state} />
              ))}
            </ul>
          ) : (
            <p className="jp-mod-quiet">
              {trans.__('None yet. Declare one under “monitors” in mlops.yaml:')}{' '}
              <code>{'NAME: {model: MODEL}'}</code>
            </p>
          )
        }
      </Loaded>
    </section>
  );
}

function MonitorItem({ state }: { readonly state: MonitorState }): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const { name, monitor, next, note } = state;
  const last = lastOf(state);
  const [sign, tone, word] = standingOf(last, trans);
  const worst = state.readings.slice(-DRAWN).map(worstOf);
  const shown = worst.filter(one => one !== null);
  return (
    <li>
      <div className="jp-MLOps-monitorHead">
        <button
          type="button"
          className="jp-MLOps-link"
          title={trans.__('Open monitor %1', name)}
          onClick={() => execute(DataCommandIDs.openMonitor, { monitor: name })}
        >
          {name}
        </button>
        {shown.length > 1 ? (
          <Sparkline
            values={worst}
            label={trans.__(
              'The farthest figure of each look as a multiple of its limit, last %1',
              Number(shown[shown.length - 1]?.toPrecision(2))
            )}
          />
        ) : null}
      </div>
      <div className="jp-MLOps-dotted">
        <span>{last ? `${last.model}@${last.version}` : monitor.model}</span>
        {last ? <Moment at={last.when} /> : null}
        {next ? (
          <span>
            {trans.__('looks')} <Moment at={next} />
          </span>
        ) : null}
      </div>
      <div className={`jp-mod-${tone}`} title={last?.verdict}>
        <span className="jp-MLOps-sign" aria-hidden="true">
          {sign}
        </span>
        {word}
      </div>
      {last?.breaches.slice(0, 3).map(breach => (
        <div key={breach} className="jp-mod-quiet">
          {breach}
        </div>
      ))}
      {note ? <p className="jp-mod-unsure">{note}</p> : null}
    </li>
  );
}
