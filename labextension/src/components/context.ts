import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { createContext, useContext, useEffect, useReducer } from 'react';

import type { IMLOps } from '../tokens';

/** Whom all below asks; whatever shows a component of ours provides it. */
export const MLOpsContext = createContext<IMLOps | null>(null);

/** Whether what is below is seen: what is not does not ask the server. */
export const ShownContext = createContext(true);

export function useMLOps(): IMLOps {
  const found = useContext(MLOpsContext);
  if (found === null) {
    throw new Error('a component of jupyter-mlops stands outside of MLOpsContext');
  }
  return found;
}

export function useTrans(): TranslationBundle {
  return useMLOps().trans;
}

/** Draw anew when the signal is emitted. */
export function useSignal(signal: ISignal<unknown, unknown>): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    signal.connect(draw);
    return () => {
      signal.disconnect(draw);
    };
  }, [signal]);
}
