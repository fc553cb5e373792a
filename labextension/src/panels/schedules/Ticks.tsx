import { Moment, useTrans } from '../../components';
import type { SchedulerStatus } from '../../entities';
import { Copyable } from './Copyable';

const START = 'jupyter mlops scheduler start';
const SETTING = 'scheduler: {jupyter: true}';

/** Whether anybody runs what is due, else how to mend that. */
export function Ticks({ status }: { readonly status: SchedulerStatus }): JSX.Element {
  const trans = useTrans();
  const alive = status.schedulers.filter(one => one.alive);
  const notes = status.notes.filter(note => !note.includes(START));
  return (
    <section className="jp-MLOps-ticks" aria-label={trans.__('Scheduler')}>
      {alive.length ? (
        alive.map(one => (
          <p key={one.owner}>
            <span className="jp-mod-good">
              <span className="jp-MLOps-sign" aria-hidden="true">
                ●
              </span>
              {one.where === 'jupyter'
                ? trans.__('This Jupyter server runs what is due')
                : trans.__('A scheduler runs what is due')}
            </span>{' '}
            <span className="jp-mod-quiet">
              {one.owner}, {trans.__('heard of')} <Moment at={one.heard} />
            </span>
          </p>
        ))
      ) : (
        <Nobody />
      )}
      {status.late.length ? (
        <p className="jp-mod-unsure">
          <span className="jp-MLOps-sign" aria-hidden="true">
            ⚠
          </span>
          {trans._n('%1 slot is late', '%1 slots are late', status.late.length)}
        </p>
      ) : null}
      {notes.map(note => (
        <p key={note} className="jp-mod-quiet">
          {note}
        </p>
      ))}
    </section>
  );
}

function Nobody(): JSX.Element {
  const trans = useTrans();
  return (
    <>
      <p className="jp-mod-unsure">
        <span className="jp-MLOps-sign" aria-hidden="true">
          ⚠
        </span>
        {trans.__('There is no scheduler: nothing runs by itself.')}
      </p>
      <p>
        {trans.__('Start one in a terminal:')} <Copyable text={START} />
      </p>
      <details className="jp-MLOps-fold">
        <summary>{trans.__('Or let the Jupyter server do it')}</summary>
        <p>
          {trans.__('Put this line into mlops.yaml; while the server runs, it runs what is due:')}{' '}
          <Copyable text={SETTING} />
        </p>
      </details>
    </>
  );
}
