import { useTrans } from '../../components';
import { Select } from '../runs/FilterBar';
import { SHOWN, type IFinding } from './finding';

interface IFindBarProps {
  readonly finding: IFinding;
  onChange(finding: IFinding): void;
}

/** Which of many schedules are looked for, and in which order. */
export function FindBar({ finding, onChange }: IFindBarProps): JSX.Element {
  const trans = useTrans();
  const words: Readonly<Record<IFinding['show'], string>> = {
    all: trans.__('all'),
    active: trans.__('not paused'),
    paused: trans.__('paused'),
    late: trans.__('late'),
    failed: trans.__('failed the last time')
  };
  return (
    <div className="jp-MLOps-scheduleFind" role="search">
      <input
        type="search"
        aria-label={trans.__('Search schedules')}
        placeholder={trans.__('Name, notebook, time')}
        spellCheck={false}
        maxLength={200}
        value={finding.search}
        onChange={event => onChange({ ...finding, search: event.target.value })}
      />
      <div className="jp-MLOps-runSelects">
        <Select
          label={trans.__('Show')}
          value={finding.show}
          options={SHOWN.map(show => [show, words[show]] as const)}
          onChange={show => onChange({ ...finding, show: show as IFinding['show'] })}
        />
        <Select
          label={trans.__('Order')}
          value={finding.order}
          options={[
            ['declared', trans.__('as declared')],
            ['next', trans.__('next first')]
          ]}
          onChange={order => onChange({ ...finding, order: order as IFinding['order'] })}
        />
      </div>
    </div>
  );
}
