import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { useCallback } from 'react';

import { useMLOps } from '../components';
import type { IMLOps } from '../tokens';

/** Commands on runs, beside those that others name, too. */
export const RunCommandIDs = {
  /** {left, right}: their ids. */
  diffRuns: 'jupyter-mlops:diff-runs',
  /** {run}: its id. */
  openVersion: 'jupyter-mlops:open-version',
  /** {run}: its id. */
  copyRunId: 'jupyter-mlops:copy-run-id',
  /** {run}: its id. */
  cancelRun: 'jupyter-mlops:cancel-run'
} as const;

const REGISTRIES = new WeakMap<IMLOps, CommandRegistry>();

/** What shows something of this project executes commands there. */
export function executeIn(commands: CommandRegistry, mlops: IMLOps): void {
  REGISTRIES.set(mlops, commands);
}

/** What executes the commands of JupyterLab. */
export function useCommands(): CommandRegistry {
  // a page asks by an object of its own, made from the one that all use: see `within`
  for (let mlops: unknown = useMLOps(); mlops; mlops = Object.getPrototypeOf(mlops)) {
    const found = REGISTRIES.get(mlops as IMLOps);
    if (found) {
      return found;
    }
  }
  throw new Error('nothing executes commands here: see executeIn');
}

/** Executes a command for the project that is shown. */
export function useExecute(): (command: string, args?: ReadonlyPartialJSONObject) => void {
  const commands = useCommands();
  const { project } = useMLOps();
  return useCallback(
    (command, args = {}) => void commands.execute(command, { ...args, project }),
    [commands, project]
  );
}
