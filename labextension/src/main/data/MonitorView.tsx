import { Loaded, Moment, absolute, useData, useMLOps, useTrans } from '../../components';
import { finiteOf } from '../../components/numbers';
import type { MonitorReading, MonitorState } from '../../entities';
import {
  broke,
  championsOf,
  effectsOf,
  lastOf,
  limitsOf,
  metricsOf,
  standingOf,
  worstOf
} from '../../panels/data/monitoring';
import { countText, shortText } from '../../panels/data/texts';
import { ScheduleCommandIDs } from '../../panels/schedules/commands';
import { useExecute } from '../commands';
import { OpenCommandIDs } from '../openCommands';
import { Facts, RunLink, Section, Table } from '../parts';
import { Notes, Verdict } from './Comparing';
import { OverTime, type IPoint } from './OverTime';

const DRAWN = 24; // figures
const READINGS = 100;
const LOOKS = 500; // in a plot

/** A monitor: how it stands, each figure over time with its limit, and all readings. */
export function MonitorView({ name }: { readonly name: string }): JSX.Element {
  const mlops = useMLOps();
  const monitor = useData(
    signal => mlops.get('/monitors/{monitor}', { names: { monitor: name }, signal }),
    ['data', 'config', 'models'],
    [name]
  );
  return (
    <div className="jp-MLOps-main">
      <div className="jp-MLOps-page">
        <Loaded from={monitor}>{state => <Monitor state={state} />}</Loaded>
      </div>
    </div>
  );
}

function Monitor({ state }: { readonly state: MonitorState }): JSX.Element {
  const trans = useTrans();
  const last = lastOf(state);
  const [sign, tone, word] = standingOf(last, trans);
  const then = last
    ? last.retrain
      ? trans.__('A retraining was set off.')
      : last.held
        ? trans.__('No retraining: %1', last.held)
        : ''
    : '';
  return (
    <>
      <Head state={state} />
      <Verdict sign={sign} tone={tone === 'brand' ? 'plain' : tone}>
        {last?.breaches.length ? `${word}: ${last.verdict}` : (last?.verdict ?? word)}
      </Verdict>
      <Standing state={state} last={last} />
      <Notes notes={[state.note, then, ...(last?.notes ?? [])].filter(Boolean)} />
      {last ? (
        <>
          <Plots state={state} />
          <Readings state={state} />
        </>
      ) : null}
    </>
  );
}

function Head({ state }: { readonly state: MonitorState }): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const { name } = state;
  return (
    <header className="jp-MLOps-mainHead">
      <div className="jp-MLOps-title">
        <h2>
          <span className="jp-mod-quiet">{trans.__('Monitor')}</span> {name}
        </h2>
      </div>
      <div className="jp-MLOps-buttons">
        <button
          type="button"
          className="jp-MLOps-button"
          onClick={() => execute(ScheduleCommandIDs.run, { schedule: `monitor:${name}` })}
        >
          {trans.__('Look now')}
        </button>
      </div>
    </header>
  );
}

interface IStandingProps {
  readonly state: MonitorState;
  readonly last: MonitorReading | undefined;
}

function Standing({ state, last }: IStandingProps): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const { monitor, next, readings } = state;
  const model = last?.model ?? monitor.model;
  const label = last ? `${last.model}@${last.version}` : monitor.model;
  return (
    <Facts
      facts={[
        [
          trans.__('Champion'),
          <button
            key="model"
            type="button"
            className="jp-MLOps-link"
            title={trans.__('Open model %1', model)}
            onClick={() =>
              execute(OpenCommandIDs.openModel, {
                model,
                ...(last ? { version: last.version } : {})
              })
            }
          >
            {label}
          </button>
        ],
        [trans.__('Reference'), last?.reference],
        [
          trans.__('Current'),
          last
            ? `${last.current}, ${trans._n('%2 row', '%2 rows', last.rows, countText(last.rows))}`
            : null
        ],
        [
          trans.__('True values'),
          last?.labelled
            ? trans._n('%2 row', '%2 rows', last.labelled, countText(last.labelled))
            : null
        ],
        [trans.__('Looks'), countText(readings.length)],
        [trans.__('Last look'), last ? <Moment key="last" at={last.when} /> : null],
        [
          trans.__('Next look'),
          next ? <Moment key="next" at={next} /> : trans.__('when a batch is recorded')
        ]
      ]}
    />
  );
}

function Plots({ state }: { readonly state: MonitorState }): JSX.Element {
  const trans = useTrans();
  const { monitor } = state;
  const readings = state.readings.slice(-LOOKS);
  const changes = championsOf(state);
  const limits = limitsOf(monitor.performance);
  const points = (
    of: (one: MonitorReading) => Pick<IPoint, 'value' | 'limit' | 'isBeyond'>
  ): IPoint[] => readings.map(one => ({ when: Date.parse(one.when), ...of(one) }));
  const metrics = metricsOf(state);
  const effects = effectsOf(readings);
  const card = (name: string, found: IPoint[], fromZero: boolean): JSX.Element => (
    <section key={name} className="jp-MLOps-dataCard" aria-label={name}>
      <h4>{name}</h4>
      <OverTime name={name} points={found} changes={changes} fromZero={fromZero} />
    </section>
  );
  return (
    <>
      {effects.length ? (
        <Section title={trans.__('Drift')}>
          <div className="jp-MLOps-cards">
            {effects.slice(0, DRAWN).map(name =>
              card(
                name,
                points(one => ({
                  value: finiteOf(one.effects?.[name]),
                  limit: finiteOf(one.limits?.[name]),
                  isBeyond: one.drifted.includes(name)
                })),
                true
              )
            )}
          </div>
          {effects.length > DRAWN ? (
            <p className="jp-mod-quiet">{trans.__('and %1 more', effects.length - DRAWN)}</p>
          ) : null}
        </Section>
      ) : null}
      {metrics.length ? (
        <Section title={trans.__('Performance')}>
          <div className="jp-MLOps-cards">
            {metrics.slice(0, DRAWN).map(name =>
              card(
                name,
                points(one => ({
                  value: finiteOf(one.metrics?.[name]),
                  limit: limits.get(name) ?? null,
                  isBeyond: broke(one, name)
                })),
                false
              )
            )}
          </div>
        </Section>
      ) : null}
      <p className="jp-MLOps-same">
        {trans.__(
          'A dot for each look, a square where it is beyond what is allowed, which the broken line is; ★ where another version became the champion.'
        )}
      </p>
    </>
  );
}

function Readings({ state }: { readonly state: MonitorState }): JSX.Element {
  const trans = useTrans();
  const newest = [...state.readings].reverse().slice(0, READINGS);
  return (
    <Section title={trans.__('Readings')}>
      <Table
        label={trans.__('Readings')}
        columns={[
          { title: trans.__('Look'), numeric: true },
          { title: trans.__('When') },
          { title: trans.__('Found') },
          { title: trans.__('Champion') },
          { title: trans.__('Current') },
          { title: trans.__('Farthest, of its limit'), numeric: true },
          { title: trans.__('Verdict') },
          { title: trans.__('Run') }
        ]}
        rows={newest.map(one => [
          String(one.number),
          absolute(new Date(one.when)),
          <Found key="found" reading={one} />,
          `${one.model}@${one.version}`,
          one.current,
          timesText(worstOf(one)),
          one.verdict,
          one.run_id ? <RunLink key="run" run={one.run_id} /> : ''
        ])}
      />
      {state.readings.length > READINGS ? (
        <p className="jp-mod-quiet">
          {trans.__('The newest %1 of %2.', READINGS, countText(state.readings.length))}
        </p>
      ) : null}
    </Section>
  );
}

function timesText(share: number | null): string {
  return share === null ? '' : `${shortText(Number(share.toPrecision(2)))} ×`;
}

function Found({ reading }: { readonly reading: MonitorReading }): JSX.Element {
  const trans = useTrans();
  const [sign, tone, word] = standingOf(reading, trans);
  return (
    <span className={`jp-mod-${tone}`}>
      <span className="jp-MLOps-sign" aria-hidden="true">
        {sign}
      </span>
      {word}
    </span>
  );
}
