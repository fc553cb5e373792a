import { useContext, useEffect, useLayoutEffect, useRef } from 'react';

import { Empty, Loaded, ShownContext, useData, useMLOps, useTrans } from '../components';
import type { Run } from '../entities';
import { isLive } from '../panels/runs/listing';

const PAUSE = 2_000; // milliseconds between two looks at the log of a run that goes on
const NEAR = 12; // pixels from the end within which it is taken to be at its end

interface ILogProps {
  readonly run: Run;
  readonly age: string;
}

/** The last lines that a run printed; at its end it follows them, until the reader scrolls up. */
export function Log({ run, age }: ILogProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const isShown = useContext(ShownContext);
  const live = isLive({ run });
  const log = useData(
    signal => mlops.get('/runs/{run}/log', { names: { run: run.run_id }, signal }),
    [],
    [run.run_id, age]
  );
  useEffect(() => {
    if (live && isShown) {
      const look = (): void => {
        if (!log.isLoading) {
          void log.reload();
        }
      };
      const timer = window.setInterval(look, PAUSE);
      return () => window.clearInterval(timer);
    }
    return undefined;
  }, [live, isShown, log]);
  return (
    <Loaded from={log}>
      {({ lines }) =>
        lines.length ? (
          <Lines lines={lines} />
        ) : (
          <Empty
            title={live ? trans.__('It printed nothing yet.') : trans.__('It printed nothing.')}
          />
        )
      }
    </Loaded>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }): JSX.Element {
  const trans = useTrans();
  const box = useRef<HTMLPreElement>(null);
  const sticks = useRef(true);
  useLayoutEffect(() => {
    if (box.current && sticks.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [lines]);
  return (
    <pre
      ref={box}
      className="jp-MLOps-log"
      role="log"
      aria-live="off"
      aria-label={trans.__('Log')}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        sticks.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      {lines.join('\n')}
    </pre>
  );
}
