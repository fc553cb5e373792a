import { useId, useState, type ReactNode } from 'react';

import { Moment, Status, useMLOps, useSignal, useTrans } from '../../components';
import type { ScheduleState, Slot } from '../../entities';
import { RunLink } from '../../main/parts';
import { Progress } from '../runs/Progress';
import { ScheduleCommandIDs } from './commands';
import { Slots } from './Slots';
import { noTimeText, statusOf, writtenIn } from './words';

interface IScheduleItemProps {
  readonly state: ScheduleState;
  /** Its slot whose run goes on. */
  readonly running: Slot | undefined;
  readonly isLate: boolean;
  readonly isOpen: boolean;
  onOpen(isOpen: boolean): void;
  /** Executes a command on it. */
  act(command: string): Promise<unknown>;
  /** Shows what else can be done, at a place of the page. */
  menu(x: number, y: number): void;
}

/** A schedule: what runs and when, its next slot and what became of the last, and what can be done with it. */
export function ScheduleItem(props: IScheduleItemProps): JSX.Element {
  const { state, isOpen, onOpen, menu } = props;
  const trans = useTrans();
  const id = useId();
  const { name, note } = state;
  return (
    <li
      className={`jp-MLOps-schedule${state.paused ? ' jp-mod-paused' : ''}`}
      aria-labelledby={id}
      data-schedule={name}
    >
      <div className="jp-MLOps-scheduleHead">
        <button
          type="button"
          id={id}
          className="jp-MLOps-link"
          aria-expanded={isOpen}
          title={trans.__('Next times and slots of %1', name)}
          onClick={() => onOpen(!isOpen)}
        >
          <span aria-hidden="true">{isOpen ? '▾' : '▸'} </span>
          {name}
        </button>
        <button
          type="button"
          className="jp-MLOps-icon"
          aria-haspopup="menu"
          aria-label={trans.__('More for %1', name)}
          title={trans.__('More')}
          onClick={event => {
            const box = event.currentTarget.getBoundingClientRect();
            menu(box.left, box.bottom);
          }}
        >
          ⋯
        </button>
      </div>
      <Facts {...props} />
      {note ? (
        <p className="jp-mod-bad">
          <span className="jp-MLOps-sign" aria-hidden="true">
            ⚠
          </span>
          {note}
        </p>
      ) : null}
      <Buttons {...props} />
      {isOpen ? (
        <div className="jp-MLOps-scheduleDetails">
          <Slots name={name} />
        </div>
      ) : null}
    </li>
  );
}

function Facts({ state, running, isLate }: IScheduleItemProps): JSX.Element {
  const trans = useTrans();
  const { target, when, last, schedule, waiting } = state;
  return (
    <dl className="jp-MLOps-facts">
      <Fact name={trans.__('Runs')}>{target}</Fact>
      <Fact name={trans.__('When')}>
        <span title={writtenIn(schedule) || undefined}>{when}</span>
      </Fact>
      <Fact name={trans.__('Next')}>
        <Next state={state} running={running} />
        {isLate ? <span className="jp-mod-unsure"> · {trans.__('late')}</span> : null}
        {waiting ? (
          <span className="jp-mod-quiet"> · {trans._n('%1 waits', '%1 wait', waiting)}</span>
        ) : null}
      </Fact>
      <Fact name={trans.__('Last')}>{last ? <Last slot={last} /> : trans.__('never yet')}</Fact>
    </dl>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Next(props: Pick<IScheduleItemProps, 'state' | 'running'>): JSX.Element {
  const { state, running } = props;
  const mlops = useMLOps();
  const { trans } = mlops;
  useSignal(mlops.progressChanged);
  if (running || state.running) {
    const progress = running?.run_id ? mlops.progress.get(running.run_id) : undefined;
    return (
      <>
        <Status of="running" /> {running?.run_id ? <RunLink run={running.run_id} /> : null}
        {progress ? <Progress progress={progress} /> : null}
      </>
    );
  }
  if (state.paused) {
    return (
      <span className="jp-mod-unsure">
        <span className="jp-MLOps-sign" aria-hidden="true">
          ‖
        </span>
        {trans.__('paused %1', state.paused)}
      </span>
    );
  }
  return state.next ? <Moment at={state.next} /> : <>{noTimeText(state, trans)}</>;
}

function Last({ slot }: { readonly slot: Slot }): JSX.Element {
  const { run_id: run, ended, due, why, outcome } = slot;
  return (
    <>
      <Status of={statusOf(slot)} />{' '}
      <span className="jp-mod-quiet">
        <Moment at={ended ?? due} />
      </span>{' '}
      {run ? <RunLink run={run} /> : null}
      {why && outcome !== 'FINISHED' ? <div className="jp-mod-quiet">{why}</div> : null}
    </>
  );
}

function Buttons({ state, act }: IScheduleItemProps): JSX.Element {
  const trans = useTrans();
  const [isBusy, setBusy] = useState(false);
  const { name, paused } = state;
  const button = (command: string, label: string, told: string): JSX.Element => (
    <button
      type="button"
      className="jp-MLOps-button"
      aria-label={told}
      aria-disabled={isBusy}
      onClick={() => {
        if (!isBusy) {
          setBusy(true);
          void act(command).finally(() => setBusy(false));
        }
      }}
    >
      {label}
    </button>
  );
  return (
    <div className="jp-MLOps-buttons">
      {paused
        ? button(ScheduleCommandIDs.resume, trans.__('Resume'), trans.__('Resume %1', name))
        : button(ScheduleCommandIDs.pause, trans.__('Pause'), trans.__('Pause %1', name))}
      {button(ScheduleCommandIDs.run, trans.__('Run now'), trans.__('Run %1 now', name))}
    </div>
  );
}
