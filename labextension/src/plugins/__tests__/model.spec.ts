import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { Stream, settings } from '../../__tests__/served';
import plugin from '../model';

class Context {
  constructor(public path: string) {}

  readonly pathChanged = new Signal<this, string>(this);

  rename(path: string): void {
    this.path = path;
    this.pathChanged.emit(path);
  }
}

class Tracker {
  readonly currentChanged = new Signal<this, unknown>(this);
  currentWidget: { context: Context } | null = null;

  show(context: Context): void {
    this.currentWidget = { context };
    this.currentChanged.emit(this.currentWidget);
  }
}

it('follows the notebook in front, also to another name', async () => {
  const asked: string[] = [];
  const serverSettings = settings(path => {
    asked.push(path);
    return path.startsWith('/events')
      ? new Stream().response
      : { folder: '', name: '', problem: '' };
  });
  const contents = { localPath: (path: string) => path.replace('drive:', '') };
  const app = { serviceManager: { contents, serverSettings }, restored: Promise.resolve() };
  const tracker = new Tracker();
  const [first, second] = [new Context('drive:a.ipynb'), new Context('b.ipynb')];
  const made = await plugin.activate(
    app as unknown as JupyterFrontEnd,
    tracker as unknown as INotebookTracker,
    null
  );
  tracker.show(first);
  tracker.show(second);
  first.rename('drive:away.ipynb'); // is not in front
  second.rename('c.ipynb');
  await new Promise(resolve => setTimeout(resolve, 20));
  const projects = asked.filter(path => path.startsWith('/project?'));
  expect([...new Set(projects)]).toEqual(
    ['a', 'b', 'c'].map(name => `/project?project=${name}.ipynb`)
  );
  (made as unknown as { dispose(): void }).dispose();
});
