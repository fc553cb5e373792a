import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { useState, type ReactNode } from 'react';

import { Loaded, Moment, Problem, useData, useMLOps, useTrans } from '../../components';
import type { ModelDetails, ModelVersion, Work } from '../../entities';
import { Section } from '../../main/parts';
import { useWork, type IFollowed } from '../../works';
import { Actions, type Wanted } from './Actions';
import { Card } from './Card';
import { Changes } from './Changes';
import { Gates } from './Gates';
import { Ledger } from './History';
import { Origin } from './Origin';
import { reportIn, saidOf } from './outcome';
import { CHAMPION, firstChoice, letInBy, pointedAt, reportOf } from './standing';
import { Versions } from './Versions';
import { whoText } from './words';

export const PARTS = ['changes', 'history', 'card'] as const;

export type Part = (typeof PARTS)[number];

interface IModelPageProps {
  readonly name: string;
  /** The version to look at first. */
  readonly version?: string;
  /** What is unfolded first. */
  readonly part?: Part;
  /** Renders the card; without it that is shown in a tab. */
  readonly rendermime?: IRenderMimeRegistry;
  /** Another version is looked at. */
  readonly onChoose?: (version: string) => void;
  /** Open it in a tab of its own. */
  readonly onOpen?: (version: string, part?: Part) => void;
}

const VERBS = ['gates', 'promote', 'rollback', 'approve', 'reject'];

/** A registered model: its versions, the gates of the chosen one, what can be decided, and what was. */
export function ModelPage(props: IModelPageProps): JSX.Element {
  const mlops = useMLOps();
  const { name } = props;
  const details = useData(
    signal => mlops.get('/models/{model}', { names: { model: name }, signal }),
    ['models', 'config'],
    [name]
  );
  const followed = useWork(
    work => VERBS.includes(work.verb) && work.subject.split('@')[0] === name
  );
  return (
    <Loaded from={details}>
      {found => <Page {...props} details={found} followed={followed} reload={details.reload} />}
    </Loaded>
  );
}

interface IPageProps extends IModelPageProps {
  readonly details: ModelDetails;
  readonly followed: IFollowed;
  reload(): Promise<void>;
}

function Page(props: IPageProps): JSX.Element {
  const { name, details, followed, onChoose, onOpen, reload } = props;
  const mlops = useMLOps();
  const trans = useTrans();
  const [chosen, setChosen] = useState(props.version ?? null);
  const [isReading, setReading] = useState(false);
  const version =
    details.versions.find(one => one.version === chosen) ??
    details.versions.find(one => one.version === firstChoice(details));
  const decide = ({ verb, to = CHAMPION, reason = '', override = false }: Wanted): void => {
    const body = { version: version?.version ?? '', to, reason: reason || null, override };
    // nothing is to be decided by what was known before
    setReading(true);
    void followed
      .start(() => mlops.post(`/models/{model}/${verb}`, { names: { model: name }, body }))
      .then(reload)
      .finally(() => setReading(false));
  };
  return (
    <section className="jp-MLOps-model" aria-label={trans.__('Model %1', name)}>
      <header className="jp-MLOps-pageHead">
        <h3>{name}</h3>
        {onOpen ? (
          <button
            type="button"
            className="jp-MLOps-button"
            onClick={() => onOpen(version?.version ?? '')}
          >
            {trans.__('Open in a tab')}
          </button>
        ) : null}
      </header>
      {details.note ? <p className="jp-mod-unsure">{details.note}</p> : null}
      {version ? (
        <>
          <Champion details={details} />
          <Versions
            details={details}
            higher={details.higher ?? {}}
            chosen={version.version}
            onChoose={number => {
              setChosen(number);
              onChoose?.(number);
              followed.clear();
            }}
          />
          <Chosen
            key={version.version}
            {...props}
            version={version}
            isBusy={followed.isBusy || isReading}
            onDecide={decide}
          />
        </>
      ) : (
        <Gates report={details.listed} />
      )}
    </section>
  );
}

/** Which version is the champion, since when, and who let it in. */
function Champion({ details }: { readonly details: ModelDetails }): JSX.Element {
  const trans = useTrans();
  const champion = pointedAt(details, CHAMPION);
  const entry = letInBy(details, CHAMPION);
  if (!champion) {
    return <p className="jp-MLOps-champion">{trans.__('No version is the champion yet.')}</p>;
  }
  const isOverride = entry?.action === 'override';
  return (
    <p className="jp-MLOps-champion">
      <span aria-hidden="true">★ </span>
      {trans.__('Champion:')} <strong>{trans.__('version %1', champion)}</strong>{' '}
      {entry ? (
        <span className={isOverride ? 'jp-mod-bad' : 'jp-mod-quiet'}>
          {isOverride ? '⚠ ' : ''}
          {entry.action === 'rollback'
            ? trans.__('rolled back by %1', whoText(entry))
            : isOverride
              ? trans.__('let in by override, by %1', whoText(entry))
              : trans.__('let in by %1', whoText(entry))}
          {', '}
          <Moment at={entry.when} />
          {entry.reason ? `: “${entry.reason}”` : ''}
        </span>
      ) : (
        <span className="jp-mod-quiet">{trans.__('The ledger does not tell who made it so.')}</span>
      )}
    </p>
  );
}

interface IChosenProps extends Omit<IPageProps, 'version'> {
  readonly version: ModelVersion;
  readonly isBusy: boolean;
  onDecide(wanted: Wanted): void;
}

function Chosen(props: IChosenProps): JSX.Element {
  const { name, details, followed, version, part, isBusy, rendermime } = props;
  const { onOpen, onDecide } = props;
  const trans = useTrans();
  const number = version.version;
  const champion = pointedAt(details, CHAMPION);
  const report = reportIn(followed.work, name, number) ?? reportOf(details, number);
  return (
    <div className="jp-MLOps-chosen">
      <div>
        <Section title={trans.__('Version %1: gates', number)}>
          <Actions {...{ details, report, isBusy, onDecide }} version={number} />
          <Outcome followed={followed} isBusy={isBusy} />
          <Gates report={report} />
        </Section>
      </div>
      <div>
        <Section title={trans.__('Where version %1 comes from', number)}>
          <Origin details={details} version={version} />
        </Section>
        {champion && champion !== number ? (
          <OnDemand title={trans.__('What it changes')} isOpen={part === 'changes'}>
            {() => <Changes model={name} version={number} champion={champion} />}
          </OnDemand>
        ) : null}
        <OnDemand title={trans.__('History')} isOpen={part === 'history'}>
          {() => <Ledger history={details.history} />}
        </OnDemand>
        {rendermime ? (
          <OnDemand title={trans.__('Card')} isOpen={part === 'card'}>
            {() => <Card model={name} version={number} rendermime={rendermime} />}
          </OnDemand>
        ) : (
          <button
            type="button"
            className="jp-MLOps-button"
            onClick={() => onOpen?.(number, 'card')}
          >
            {trans.__('Open the card')}
          </button>
        )}
      </div>
    </div>
  );
}

/** What goes on, how far it is, and what came of it. */
function Outcome(props: { readonly followed: IFollowed; readonly isBusy: boolean }): JSX.Element {
  const trans = useTrans();
  const { followed, isBusy } = props;
  const { work, isEnding, problem } = followed;
  return (
    <>
      <div className="jp-MLOps-outcome" role="status">
        {isBusy ? (
          <>
            <span className="jp-MLOps-turning" aria-hidden="true" />
            <span>{work?.said || trans.__('Beginning …')}</span>
          </>
        ) : work ? (
          <Done work={work} onClose={followed.clear} />
        ) : null}
      </div>
      {followed.isBusy && work ? (
        <button
          type="button"
          className="jp-MLOps-button"
          disabled={isEnding}
          onClick={followed.cancel}
        >
          {isEnding ? trans.__('Cancelling …') : trans.__('Cancel')}
        </button>
      ) : null}
      {problem ? <Problem problem={problem} /> : null}
    </>
  );
}

function Done({ work, onClose }: { readonly work: Work; onClose(): void }): JSX.Element | null {
  const trans = useTrans();
  const said = saidOf(work, trans);
  if (!said.length) {
    return null;
  }
  return (
    <>
      <div className={work.state === 'done' ? 'jp-mod-good' : 'jp-mod-unsure'}>
        {said.map(line => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <button type="button" className="jp-MLOps-button" onClick={onClose}>
        {trans.__('Dismiss')}
      </button>
    </>
  );
}

interface IOnDemandProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly children: () => ReactNode;
}

/** A part that is asked for once it is unfolded. */
function OnDemand({ title, isOpen, children }: IOnDemandProps): JSX.Element {
  const [open, setOpen] = useState(isOpen);
  return (
    <details
      className="jp-MLOps-fold jp-MLOps-part"
      open={open}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{title}</summary>
      {open ? children() : null}
    </details>
  );
}
