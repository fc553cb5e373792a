import { useEffect, useState, type ReactNode } from 'react';

import type { RequestError } from '../request';
import { useTrans } from './context';
import type { IData } from './data';

/** There is nothing to show: why, and what to do next. */
export function Empty(props: { title: string; children?: ReactNode }): JSX.Element {
  return (
    <div className="jp-MLOps-empty">
      <p className="jp-MLOps-emptyTitle">{props.title}</p>
      {props.children}
    </div>
  );
}

/** What is wrong, how to mend it, and a way to try again. */
export function Problem(props: {
  problem: { readonly message: string; readonly hint: string };
  onRetry?: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { problem, onRetry } = props;
  return (
    <div className="jp-MLOps-problem" role="alert">
      <p className="jp-MLOps-problemMessage">{problem.message}</p>
      {problem.hint && <p>{problem.hint}</p>}
      {onRetry && (
        <button type="button" className="jp-MLOps-button" onClick={onRetry}>
          {trans.__('Try again')}
        </button>
      )}
    </div>
  );
}

/** Something is awaited; what takes no second is not worth a word. */
export function Busy(props: { children?: ReactNode; delay?: number }): JSX.Element {
  const trans = useTrans();
  const { children, delay = 1_000 } = props;
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLong(true), delay);
    return () => window.clearTimeout(timer);
  }, [delay]);
  return (
    <div className="jp-MLOps-busy" role="status">
      {isLong && (children ?? trans.__('Loading …'))}
    </div>
  );
}

/** What was loaded; before that that it is being waited for; above it why it could not be loaded again. */
export function Loaded<T>(props: {
  from: IData<T>;
  children: (data: T) => ReactNode;
}): JSX.Element {
  const { data, error, isLoading, reload } = props.from;
  return (
    <>
      {error && <Problem problem={error as RequestError} onRetry={reload} />}
      {data === undefined ? !error && isLoading && <Busy /> : props.children(data)}
    </>
  );
}
