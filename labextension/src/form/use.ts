import { useCallback, useEffect, useSyncExternalStore, type RefObject } from 'react';

import type { FormModel, ITold } from './model';

/** What a form holds now. */
export function useForm<State extends object>(
  model: FormModel<State, unknown>
): Readonly<State & ITold> {
  const listen = useCallback(
    (tell: () => void) => {
      model.changed.connect(tell);
      return () => {
        model.changed.disconnect(tell);
      };
    },
    [model]
  );
  return useSyncExternalStore(listen, () => model.state);
}

/** Moves the focus to the first field that is wrong, each time that a form was not taken. */
export function useFirstWrong(root: RefObject<HTMLElement>, refused: number): void {
  useEffect(() => {
    if (refused) {
      root.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }, [root, refused]);
}
