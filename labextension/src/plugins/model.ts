import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Model } from '../model';
import { IMLOps } from '../tokens';

/** What all others ask: the project of the notebook in front, else that of the server's root. */
const model: JupyterFrontEndPlugin<IMLOps> = {
  id: 'jupyter-mlops:plugin',
  description: 'Knows the project that is worked on, and asks the server.',
  autoStart: true,
  provides: IMLOps,
  optional: [INotebookTracker, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    translator: ITranslator | null
  ): IMLOps => {
    const { contents, serverSettings } = app.serviceManager;
    const made = new Model({
      serverSettings,
      trans: (translator ?? nullTranslator).load('jupyter-mlops'),
      locale: asLocale(translator?.languageCode)
    });
    const follow = (): void => {
      const path = notebooks?.currentWidget?.context.path ?? '';
      void made.open(contents.localPath(path));
    };
    let front = notebooks?.currentWidget ?? null;
    const turn = (): void => {
      front?.context.pathChanged.disconnect(follow);
      front = notebooks?.currentWidget ?? null;
      front?.context.pathChanged.connect(follow);
      follow();
    };
    notebooks?.currentChanged.connect(turn);
    void app.restored.then(turn);
    return made;
  }
};

/** JupyterLab's name of a language as browsers take it. */
function asLocale(code: string | undefined): string | undefined {
  const name = code?.replace('_', '-');
  try {
    return name && Intl.DateTimeFormat.supportedLocalesOf([name]).length ? name : undefined;
  } catch {
    return undefined;
  }
}

export default model;
