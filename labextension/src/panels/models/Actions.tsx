import { useRef, useState, type MouseEvent } from 'react';

import { useTrans } from '../../components';
import type { GateReport, ModelDetails } from '../../entities';
import { Question } from './Question';
import { CHALLENGER, CHAMPION, pointedAt, previous, shut } from './standing';
import { whyNot } from './words';

/** What can be decided of a version, and how it is asked for. */
export type Verb = 'gates' | 'promote' | 'rollback' | 'approve' | 'reject';

export interface Wanted {
  readonly verb: Verb;
  readonly to?: string;
  readonly reason?: string;
  readonly override?: boolean;
}

interface IActionsProps {
  readonly details: ModelDetails;
  readonly version: string;
  readonly report: GateReport | null;
  readonly isBusy: boolean;
  onDecide(wanted: Wanted): void;
}

type Asks = 'promote' | 'override' | 'rollback' | 'approve' | 'reject';

/** The buttons that decide on a version; each but one asks first. */
export function Actions(props: IActionsProps): JSX.Element {
  const { details, version, report, isBusy, onDecide } = props;
  const trans = useTrans();
  const [asks, setAsks] = useState<Asks | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const champion = pointedAt(details, CHAMPION);
  const back = previous(details.history?.entries ?? [], CHAMPION, champion);
  const isChampion = version === champion;
  const close = (): void => {
    setAsks(null);
    opener.current?.focus();
  };
  const answer = (wanted: Wanted): void => {
    close();
    onDecide(wanted);
  };
  const button = (name: Asks, text: string, style = '', why = ''): JSX.Element => (
    <AskButton
      {...{ text, style, why }}
      isBusy={isBusy}
      isOpen={asks === name}
      onOpen={event => {
        opener.current = event.currentTarget;
        setAsks(asks === name ? null : name);
      }}
    />
  );
  return (
    <>
      <div
        className="jp-MLOps-bar"
        role="group"
        aria-label={trans.__('Decide on version %1', version)}
      >
        {button('promote', trans.__('Promote …'), 'jp-mod-primary')}
        <button
          type="button"
          className="jp-MLOps-button"
          aria-disabled={isBusy}
          onClick={() => (isBusy ? undefined : onDecide({ verb: 'gates' }))}
        >
          {trans.__('Judge gates')}
        </button>
        {button('approve', trans.__('Approve …'))}
        {button('reject', trans.__('Reject …'))}
        {button(
          'rollback',
          trans.__('Roll back …'),
          '',
          back ? '' : trans.__('There is no version to go back to')
        )}
        {shut(report).length && !isChampion
          ? button('override', trans.__('Override …'), 'jp-mod-danger')
          : null}
      </div>
      {asks ? (
        <Asked
          key={asks}
          {...props}
          {...{ asks, champion, back }}
          onAnswer={answer}
          onClose={close}
        />
      ) : null}
    </>
  );
}

interface IAskButtonProps {
  readonly text: string;
  readonly style: string;
  /** Why it can not be asked; '' where it can. */
  readonly why: string;
  readonly isBusy: boolean;
  readonly isOpen: boolean;
  onOpen(event: MouseEvent<HTMLElement>): void;
}

// not `disabled`: that would take the focus away
function AskButton({ text, style, why, isBusy, isOpen, onOpen }: IAskButtonProps): JSX.Element {
  const isShut = isBusy || why !== '';
  return (
    <button
      type="button"
      className={`jp-MLOps-button ${style}`}
      aria-expanded={isOpen}
      aria-disabled={isShut}
      title={why || undefined}
      onClick={event => (isShut ? undefined : onOpen(event))}
    >
      {text}
    </button>
  );
}

interface IAskedProps extends Omit<IActionsProps, 'onDecide' | 'isBusy'> {
  readonly asks: Asks;
  readonly champion: string | null;
  readonly back: string | null;
  onAnswer(wanted: Wanted): void;
  onClose(): void;
}

function Asked(props: IAskedProps): JSX.Element {
  const { asks, details, version, champion, back, onAnswer, onClose } = props;
  const trans = useTrans();
  const label = `${details.name}@${version}`;
  const optional = trans.__('Reason (optional, kept in the ledger)');
  switch (asks) {
    case 'promote':
    case 'override':
      return <Promote {...props} />;
    case 'rollback':
      return (
        <Question
          title={trans.__('Roll back %1?', details.name)}
          verb={trans.__('Roll back')}
          reason={optional}
          isDangerous
          onAnswer={reason => onAnswer({ verb: 'rollback', reason })}
          onClose={onClose}
        >
          <p>
            {trans.__(
              'The alias champion goes back from version %1 to version %2.',
              champion,
              back
            )}
          </p>
        </Question>
      );
    case 'approve':
      return (
        <Question
          title={trans.__('Approve %1?', label)}
          verb={trans.__('Approve')}
          reason={optional}
          onAnswer={reason => onAnswer({ verb: 'approve', reason })}
          onClose={onClose}
        >
          <p>
            {trans.__('The ledger keeps that you approve of this version. Nothing else changes.')}
          </p>
        </Question>
      );
    case 'reject':
      return (
        <Question
          title={trans.__('Reject %1?', label)}
          verb={trans.__('Reject')}
          reason={trans.__('Reason (needed)')}
          isReasonNeeded
          isDangerous
          onAnswer={reason => onAnswer({ verb: 'reject', reason })}
          onClose={onClose}
        >
          <p>{trans.__('It is not to become the champion; an approval opens it again.')}</p>
        </Question>
      );
  }
}

function Promote(props: IAskedProps): JSX.Element {
  const { asks, details, version, report, onAnswer, onClose } = props;
  const trans = useTrans();
  const [to, setTo] = useState(CHAMPION);
  const override = asks === 'override';
  const label = `${details.name}@${version}`;
  const from = pointedAt(details, to);
  const aliases = new Set([CHAMPION, CHALLENGER, ...Object.keys(details.history?.aliases ?? {})]);
  const isGated = to !== CHALLENGER;
  const already = from === version ? trans.__('%1 is the %2 already.', label, to) : '';
  return (
    <Question
      title={
        override
          ? trans.__('Promote %1 in spite of its gates?', label)
          : trans.__('Promote %1?', label)
      }
      verb={override ? trans.__('Override and promote') : trans.__('Promote')}
      reason={
        override
          ? trans.__('Reason for the override (needed)')
          : trans.__('Reason (optional, kept in the ledger)')
      }
      isReasonNeeded={override}
      whyNot={already}
      isDangerous={override}
      onAnswer={reason => onAnswer({ verb: 'promote', to, reason, override })}
      onClose={onClose}
    >
      <label className="jp-MLOps-inline">
        {trans.__('Alias')}{' '}
        <select value={to} onChange={event => setTo(event.target.value)}>
          {[...aliases].map(alias => (
            <option key={alias}>{alias}</option>
          ))}
        </select>
      </label>
      <p>
        {already ||
          (from
            ? trans.__('The alias %1 moves from version %2 to version %3.', to, from, version)
            : trans.__('Version %1 becomes the first %2.', version, to))}
      </p>
      {already ? null : isGated ? (
        <GatesBefore report={report} override={override} />
      ) : (
        <p>
          {trans.__('No gates stand before this alias, only that nobody rejected the version.')}
        </p>
      )}
    </Question>
  );
}

function GatesBefore({
  report,
  override
}: {
  readonly report: GateReport | null;
  readonly override: boolean;
}): JSX.Element {
  const trans = useTrans();
  const why = whyNot(report, trans);
  const closed = shut(report);
  if (override) {
    return (
      <>
        <p>{trans.__('These gates are overridden, which shows in the ledger ever after:')}</p>
        <ul>
          {closed.map(({ name, message }) => (
            <li key={name}>
              <strong>{name}</strong> {message}
            </li>
          ))}
        </ul>
      </>
    );
  }
  if (!why) {
    return <p>{trans.__('Every gate lets it through.')}</p>;
  }
  return (
    <p>
      {why}{' '}
      {closed.length
        ? trans.__('What depends on something that changed since is judged again first.')
        : trans.__(
            'They are judged first, which may take a while; if one says no, nothing changes.'
          )}
    </p>
  );
}
