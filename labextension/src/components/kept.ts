import { useState } from 'react';

import { useMLOps } from './context';

/**
 * A state of the project that outlives what shows it: it is there again when that is shown the next time, also
 * after the page was loaded anew, until the browser's tab is closed. It has to be of plain JSON.
 */
export function useKept<T>(name: string, first: T): readonly [T, (value: T) => void] {
  const { project } = useMLOps();
  const key = `jupyter-mlops:${project}:${name}`;
  const [value, setValue] = useState<T>(() => kept<T>(key) ?? first);
  const change = (wanted: T): void => {
    setValue(wanted);
    keep(key, wanted);
  };
  return [value, change];
}

function kept<T>(key: string): T | null {
  try {
    return JSON.parse(window.sessionStorage.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

function keep(key: string, value: unknown): void {
  try {
    window.sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    return; // the browser grants no room: it is forgotten sooner
  }
}
