import type { IStateDB } from '@jupyterlab/statedb';

import type { Texts } from '../form/parameters';

/** What was filled in for a notebook the last time. */
export interface IRemembered {
  texts: Texts;
  experiment: string;
  registerAs: string;
}

const NOTHING: IRemembered = { texts: {}, experiment: '', registerAs: '' };
const REFERENCE = /^(env|file):/;
const SECRET = /pass(word|wd|phrase)?$|secret|token|credential|api_?key|private/i;

/** Keeps what was filled in for each notebook, but for what may be a secret. */
export class Memory {
  constructor(private _state: IStateDB | null) {}

  /** What was filled in for the notebook at `path`. */
  async of(path: string): Promise<IRemembered> {
    const found = await this._state?.fetch(key(path));
    return { ...NOTHING, ...(found as Partial<IRemembered> | undefined) };
  }

  async keep(path: string, { texts, experiment, registerAs }: IRemembered): Promise<void> {
    await this._state?.save(key(path), { texts: open(texts), experiment, registerAs });
  }
}

/** What may lie in the browser's storage: no secret, nor where one is. */
export function open(texts: Texts): Record<string, string> {
  const kept = Object.entries(texts).filter(
    ([name, text]) => !SECRET.test(name) && !REFERENCE.test(text)
  );
  return Object.fromEntries(kept);
}

function key(path: string): string {
  return `jupyter-mlops:run:${path}`;
}
