import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IMLOps } from '../tokens';
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
  const tracker = new WidgetTracker<P>({ namespace: command.replace(':', '-') });
  const names = [argument, 'project', ...others];
  const properties = Object.fromEntries(names.map(name => [name, { type: 'string' }]));
  app.commands.addCommand(command, {
    label,
    describedBy: { args: { type: 'object', properties, required: [argument] } },
    execute: args => {
      const name = String(args[argument] ?? '');
      const project = typeof args.project === 'string' ? args.project : mlops.project;
      const id = `${command}:${project}:${name}`;
      const known = tracker.find(page => page.id === id);
      const page = known ?? make(name, project);
      if (!known) {
        page.id = id;
        app.shell.add(page, 'main', { type: 'MLOps' });
        void tracker.add(page);
      }
      show?.(page, args);
      app.shell.activateById(id);
    }
  });
  void restorer?.restore(tracker, { command, args: page => page.args, name: page => page.id });
}
