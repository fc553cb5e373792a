import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import { useTrans } from '../../components';

const LONGEST = 2000; // characters of a reason

interface IQuestionProps {
  /** What it is about. */
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button says. */
  readonly verb: string;
  /** What the field for a reason is called. */
  readonly reason: string;
  readonly isReasonNeeded?: boolean;
  readonly isDangerous?: boolean;
  /** Why it cannot be done; '' where it can. */
  readonly whyNot?: string;
  onAnswer(reason: string): void;
  onClose(): void;
}

/**
 * A question that is asked in place before something is done, with room for a reason. The focus goes to that;
 * Escape closes; whoever asked gets the focus back.
 */
export function Question(props: IQuestionProps): JSX.Element {
  const { title, children, verb, isReasonNeeded = false, isDangerous = false } = props;
  const { whyNot = '', onAnswer, onClose } = props;
  const trans = useTrans();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [reason, setReason] = useState('');
  const isMissing = isReasonNeeded && !reason.trim();
  useEffect(() => field.current?.focus(), []);
  const answer = (): void => {
    if (isMissing) {
      field.current?.focus();
    } else if (!whyNot) {
      onAnswer(reason.trim());
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      onClose();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.stopPropagation();
      answer();
    }
  };
  return (
    <div
      className={`jp-MLOps-question ${isDangerous ? 'jp-mod-danger' : ''}`}
      role="group"
      aria-labelledby={`${id}title`}
      aria-describedby={`${id}told`}
      onKeyDown={onKeyDown}
    >
      <h5 id={`${id}title`}>{title}</h5>
      <div id={`${id}told`}>{children}</div>
      <label htmlFor={`${id}reason`}>{props.reason}</label>
      <textarea
        id={`${id}reason`}
        ref={field}
        rows={2}
        maxLength={LONGEST}
        value={reason}
        required={isReasonNeeded}
        onChange={event => setReason(event.target.value)}
      />
      <div className="jp-MLOps-bar">
        <button
          type="button"
          className={`jp-MLOps-button ${isDangerous ? 'jp-mod-danger' : 'jp-mod-primary'}`}
          disabled={isMissing || whyNot !== ''}
          title={whyNot || (isMissing ? trans.__('Type a reason first') : undefined)}
          onClick={answer}
        >
          {verb}
        </button>
        <button type="button" className="jp-MLOps-button" onClick={onClose}>
          {trans.__('Cancel')}
        </button>
      </div>
    </div>
  );
}
