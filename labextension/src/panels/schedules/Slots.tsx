import { Duration, Loaded, Moment, Status, useData, useMLOps, useTrans } from '../../components';
import type { ScheduleDetails, Slot } from '../../entities';
import { onClock } from '../../form/scheduleForm';
import { RunLink } from '../../main/parts';
import { kindText, statusOf } from './words';

const SLOTS = 20;
const UPCOMING = 5;

/** The next times of a schedule and its newest slots. */
export function Slots({ name }: { readonly name: string }): JSX.Element {
  const mlops = useMLOps();
  const details = useData(
    signal =>
      mlops.get('/schedules/{schedule}', {
        names: { schedule: name },
        query: { slots: SLOTS },
        signal
      }),
    ['schedules', 'config'],
    [name]
  );
  return <Loaded from={details}>{found => <Details details={found} />}</Loaded>;
}

function Details({ details }: { readonly details: ScheduleDetails }): JSX.Element {
  const trans = useTrans();
  const { upcoming, slots, state } = details;
  const total = Object.values(state.counts ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <h4>{trans.__('Next times')}</h4>
      {upcoming.length ? (
        <ol className="jp-MLOps-upcoming">
          {upcoming.slice(0, UPCOMING).map(at => (
            <li key={at}>
              {onClock(at)}{' '}
              <span className="jp-mod-quiet">
                <Moment at={at} />
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="jp-mod-quiet">
          {state.paused ? trans.__('None while it is paused.') : trans.__('No clock tells them.')}
        </p>
      )}
      <h4>{trans.__('Slots')}</h4>
      {slots.length ? (
        <ul className="jp-MLOps-slots">
          {slots.map(slot => (
            <SlotItem key={slot.id} slot={slot} />
          ))}
        </ul>
      ) : (
        <p className="jp-mod-quiet">{trans.__('It had none yet.')}</p>
      )}
      {total > slots.length ? (
        <p className="jp-mod-quiet">{trans.__('The newest %1 of %2.', slots.length, total)}</p>
      ) : null}
    </>
  );
}

function SlotItem({ slot }: { readonly slot: Slot }): JSX.Element {
  const trans = useTrans();
  const { due, started, ended, run_id: run, attempt, why } = slot;
  return (
    <li>
      <div className="jp-MLOps-slotHead">
        <Status of={statusOf(slot)} />
        <Moment at={due} />
        {started ? <Duration began={started} ended={ended} /> : null}
        {run ? <RunLink run={run} /> : null}
      </div>
      <div className="jp-mod-quiet">
        {kindText(slot, trans)}
        {attempt > 1 ? `, ${trans.__('try %1', attempt)}` : ''}
        {why ? `: ${why}` : ''}
      </div>
    </li>
  );
}
