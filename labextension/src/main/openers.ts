import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IMLOps } from '../tokens';
import { TEXT, opener, projectOf, schema } from './opening';
import type { Page } from './widgets';

interface IOpener<P extends Page> {
  readonly command: string;
  /** The argument that names what is opened. */
  readonly argument: string;
  readonly label: string;
  /** Other arguments that it takes. */
  readonly others?: readonly string[];
  make(name: string, project: string): P;
  /** Shows what the other arguments name. */
  show?(page: P, args: ReadonlyPartialJSONObject): void;
}

/** Adds the command that opens one page for each name, which comes back after a reload. */
export function addOpener<P extends Page>(
  app: JupyterFrontEnd,
  mlops: IMLOps,
  restorer: ILayoutRestorer | null,
  { command, argument, label, others = [], make, show }: IOpener<P>
): void {
  const open = opener<P>(app, command, restorer);
  const names = [argument, 'project', ...others];
  const properties = Object.fromEntries(names.map(name => [name, TEXT]));
  app.commands.addCommand(command, {
    label,
    describedBy: { args: schema(properties, [argument]) },
    execute: args => {
      const name = String(args[argument] ?? '');
      const project = projectOf(args, mlops);
      const page = open(`${command}:${project}:${name}`, () => make(name, project));
      show?.(page, args);
    }
  });
}
