import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { ReactNode } from 'react';

import type { IMLOps } from '../tokens';
import { MLOpsContext, ShownContext } from './context';

/** A widget of JupyterLab that shows a component of ours, which asks nothing while it is not seen. */
export class MLOpsWidget extends ReactWidget {
  constructor(
    private readonly mlops: IMLOps,
    private readonly draw: () => ReactNode
  ) {
    super();
    this.addClass('jp-MLOps');
  }

  protected override render(): JSX.Element {
    return (
      <MLOpsContext.Provider value={this.mlops}>
        <ShownContext.Provider value={this.isVisible}>{this.draw()}</ShownContext.Provider>
      </MLOpsContext.Provider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }
}
