import { useEffect, type ReactNode } from 'react';

import { Problem, useMLOps, useTrans } from '../../components';
import type { Work } from '../../entities';
import { DataCommandIDs } from '../../panels/data/commands';
import { useWork } from '../../works';
import { useExecute } from '../commands';

interface IComparingProps {
  readonly verb: 'diff' | 'drift';
  readonly left: string;
  readonly right: string;
  /** What was found, of the kind that the verb finds. */
  children(found: NonNullable<Work['result']>): ReactNode;
}

/** Two sets of data beside one another: has them compared, tells how far that is, and shows what was found. */
export function Comparing({ verb, left, right, children }: IComparingProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const work = useWork(
    ({ verb: done, subject }) => done === verb && subject === `${left} → ${right}`
  );
  const begin = (): void =>
    void work.start(() => mlops.post(`/data/${verb}`, { body: { left, right } }));
  // it is asked for once, when the page is opened
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(begin, []);
  const found = work.work?.state === 'done' ? work.work.result : null;
  return (
    <div className="jp-MLOps-main">
      <div className="jp-MLOps-page">
        <Head verb={verb} left={left} right={right} isBusy={work.isBusy} onAgain={begin} />
        {work.isBusy ? (
          <div className="jp-MLOps-comparing">
            <span role="status">
              {verb === 'diff' ? trans.__('Comparing …') : trans.__('Measuring drift …')}
            </span>
            <button
              type="button"
              className="jp-MLOps-button"
              disabled={work.isEnding}
              onClick={work.cancel}
            >
              {trans.__('Cancel')}
            </button>
          </div>
        ) : null}
        {work.problem ? <Problem problem={work.problem} onRetry={begin} /> : null}
        {work.work?.state === 'cancelled' ? (
          <p>{trans.__('It was cancelled. “Compare again” begins anew.')}</p>
        ) : null}
        {found ? children(found) : null}
      </div>
    </div>
  );
}

interface IHeadProps {
  readonly verb: 'diff' | 'drift';
  readonly left: string;
  readonly right: string;
  readonly isBusy: boolean;
  onAgain(): void;
}

function Head({ verb, left, right, isBusy, onAgain }: IHeadProps): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const own = verb === 'diff' ? DataCommandIDs.diffData : DataCommandIDs.drift;
  const other = verb === 'diff' ? DataCommandIDs.drift : DataCommandIDs.diffData;
  const button = (label: string, onClick: () => void, disabled = false): JSX.Element => (
    <button type="button" className="jp-MLOps-button" disabled={disabled} onClick={onClick}>
      {label}
    </button>
  );
  return (
    <header className="jp-MLOps-mainHead">
      <div className="jp-MLOps-title">
        <h2>
          <span className="jp-mod-quiet">
            {verb === 'diff' ? trans.__('Difference') : trans.__('Drift')}
          </span>{' '}
          <Side label={left} /> <span aria-label={trans.__('to')}>→</span> <Side label={right} />
        </h2>
      </div>
      <div className="jp-MLOps-buttons">
        {button(trans.__('Swap sides'), () => execute(own, { left: right, right: left }))}
        {button(verb === 'diff' ? trans.__('Drift') : trans.__('Difference'), () =>
          execute(other, { left, right })
        )}
        {button(trans.__('Compare again'), onAgain, isBusy)}
      </div>
    </header>
  );
}

/** A side, which leads to its dataset version where it is one. */
function Side({ label }: { readonly label: string }): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const found = /^([^/\\]+)@(\d+)$/.exec(label);
  if (!found) {
    return <>{label}</>;
  }
  const [, dataset, version] = found;
  return (
    <button
      type="button"
      className="jp-MLOps-link"
      title={trans.__('Open %1', label)}
      onClick={() => execute(DataCommandIDs.openDataset, { dataset, version })}
    >
      {label}
    </button>
  );
}

/** What was found, in a sentence under its sign. */
export function Verdict(props: {
  readonly sign: string;
  readonly tone: 'good' | 'bad' | 'plain' | 'unsure';
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <p className={`jp-MLOps-verdict jp-mod-${props.tone}`}>
      <span className="jp-MLOps-sign" aria-hidden="true">
        {props.sign}
      </span>
      {props.children}
    </p>
  );
}

/** What else there is to say. */
export function Notes({ notes }: { readonly notes: readonly string[] }): JSX.Element {
  return (
    <>
      {notes.map(note => (
        <p key={note} className="jp-MLOps-same">
          {note}
        </p>
      ))}
    </>
  );
}
