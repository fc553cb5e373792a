import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import { useEffect, useRef, useState, type RefObject } from 'react';

import { Empty, Loaded, useData, useKept, useMLOps, useTrans } from '../../components';
import type { SchedulerStatus, ScheduleState } from '../../entities';
import { useCommands } from '../../main/commands';
import { DataCommandIDs } from '../data/commands';
import { ScheduleCommandIDs } from './commands';
import { FindBar } from './FindBar';
import { EVERY, found as foundBy } from './finding';
import { ScheduleItem } from './ScheduleItem';
import { Ticks } from './Ticks';
import { monitorOf } from './words';

const COMMANDS: readonly string[] = Object.values(ScheduleCommandIDs);

const FEW = 8; // schedules that are seen at a glance

interface IKnown {
  readonly status: SchedulerStatus;
  readonly states: readonly ScheduleState[];
}

/** The tab Schedules: who runs what is due, and every schedule and monitor. */
export function Schedules(): JSX.Element {
  const mlops = useMLOps();
  const known = useData(
    async (signal): Promise<IKnown> => {
      const [status, states] = await Promise.all([
        mlops.get('/scheduler', { signal }),
        mlops.get('/schedules', { signal })
      ]);
      return { status, states };
    },
    ['schedules', 'config'],
    [mlops.project]
  );
  return (
    <Loaded from={known}>
      {found => <List known={found} onChanged={known.reload} project={mlops.project} />}
    </Loaded>
  );
}

interface IListProps {
  readonly known: IKnown;
  readonly project: string;
  onChanged(): void;
}

function List({ known, project, onChanged }: IListProps): JSX.Element {
  const trans = useTrans();
  const commands = useCommands();
  const [opened, setOpened] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const root = useRef<HTMLDivElement>(null);
  const { status, states } = known;
  useFocusKept(root, states);
  useEffect(() => {
    const hear = (_: CommandRegistry, { id, args, result }: CommandRegistry.ICommandExecutedArgs) =>
      void result.then((isDone: unknown) => {
        if (isDone === true && COMMANDS.includes(id)) {
          setSaid(saidOf(id, String(args.schedule), trans));
          onChanged();
        }
      });
    commands.commandExecuted.connect(hear);
    return () => {
      commands.commandExecuted.disconnect(hear);
    };
  }, [commands, onChanged, trans]);
  const late = new Set(status.late.map(slot => slot.schedule));
  const [finding, setFinding] = useKept('schedules looked for', EVERY);
  const areMany = states.length > FEW;
  const shown = areMany ? foundBy(states, status.late, finding) : states;
  return (
    <div className="jp-MLOps-schedulesTab" ref={root}>
      <Ticks status={status} />
      <div className="jp-MLOps-schedulesBar">
        <span role="status">
          {shown.length < states.length
            ? trans.__('%1 of %2 schedules', shown.length, states.length)
            : trans._n('%1 schedule', '%1 schedules', states.length)}
          <span className="jp-MLOps-unseen"> {said}</span>
        </span>
        <button
          type="button"
          className="jp-MLOps-button"
          data-add=""
          onClick={() => void commands.execute(ScheduleCommandIDs.add, { project })}
        >
          {trans.__('Add a schedule …')}
        </button>
      </div>
      {areMany ? <FindBar finding={finding} onChange={setFinding} /> : null}
      {states.length ? (
        <ul className="jp-MLOps-schedules" aria-label={trans.__('Schedules')}>
          {shown.map(state => (
            <ScheduleItem
              key={state.name}
              state={state}
              running={status.running.find(slot => slot.schedule === state.name)}
              isLate={late.has(state.name)}
              isOpen={opened === state.name}
              onOpen={isOpen => setOpened(isOpen ? state.name : null)}
              act={command => commands.execute(command, { schedule: state.name, project })}
              menu={(x, y) => openMenu(commands, state, project, x, y)}
            />
          ))}
        </ul>
      ) : (
        <NoSchedules />
      )}
    </div>
  );
}

/** What a command has done, for screen readers: the list shows it to others. */
function saidOf(command: string, name: string, trans: TranslationBundle): string {
  const words: Readonly<Record<string, string>> = {
    [ScheduleCommandIDs.pause]: trans.__('%1 is paused', name),
    [ScheduleCommandIDs.resume]: trans.__('%1 is resumed', name),
    [ScheduleCommandIDs.remove]: trans.__('%1 is removed', name)
  };
  return words[command] ?? '';
}

function NoSchedules(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('Nothing is scheduled yet.')}>
      <p>
        {trans.__(
          'Add a schedule here, choose Schedule in the toolbar of a notebook, or declare one under “schedules” in mlops.yaml.'
        )}
      </p>
    </Empty>
  );
}

/** Where the row that had the focus is gone, the one in its place gets it. */
function useFocusKept(root: RefObject<HTMLElement>, states: readonly ScheduleState[]): void {
  const last = useRef<{ name: string; place: number } | null>(null);
  useEffect(() => {
    const found = root.current;
    const keep = ({ target }: FocusEvent): void => {
      const row = (target as HTMLElement).closest<HTMLElement>('[data-schedule]');
      const rows = [...(found?.querySelectorAll('[data-schedule]') ?? [])];
      last.current = row && { name: row.dataset.schedule ?? '', place: rows.indexOf(row) };
    };
    found?.addEventListener('focusin', keep);
    return () => found?.removeEventListener('focusin', keep);
  }, [root]);
  useEffect(() => {
    const before = last.current;
    const isGone = before && !states.some(({ name }) => name === before.name);
    if (isGone && (!document.activeElement || document.activeElement === document.body)) {
      const rows = root.current?.querySelectorAll<HTMLElement>('[data-schedule] [aria-expanded]');
      const next = rows?.[Math.min(before.place, rows.length - 1)];
      (next ?? root.current?.querySelector<HTMLElement>('[data-add]'))?.focus();
    }
  }, [root, states]);
}

/** The menu of a schedule; the focus goes back to where it was. */
function openMenu(
  commands: CommandRegistry,
  state: ScheduleState,
  project: string,
  x: number,
  y: number
): void {
  const before = document.activeElement;
  const menu = new Menu({ commands });
  const args = { schedule: state.name, project };
  const monitor = monitorOf(state);
  if (state.schedule?.notebook) {
    menu.addItem({ command: ScheduleCommandIDs.runWith, args });
  }
  if (monitor) {
    menu.addItem({ command: DataCommandIDs.openMonitor, args: { monitor, project } });
  }
  menu.addItem({
    command: state.paused ? ScheduleCommandIDs.resume : ScheduleCommandIDs.pause,
    args
  });
  if (state.schedule) {
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: ScheduleCommandIDs.remove, args });
  }
  menu.aboutToClose.connect(() => {
    if (before instanceof HTMLElement) {
      before.focus({ preventScroll: true });
    }
    // the command that was chosen is still to be executed
    window.setTimeout(() => menu.dispose());
  });
  menu.open(x, y);
}
