import { ReactWidget } from '@jupyterlab/ui-components';
import { MessageLoop, type Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { ReactNode } from 'react';

import type { IMLOps } from '../tokens';
import { Boundary } from './boundary';
import { MLOpsContext, ShownContext } from './context';

const STOPS = ':is(button, input, select, a[href], [tabindex]):not(:disabled, [tabindex="-1"])';

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
        <ShownContext.Provider value={this.isVisible}>
          <Boundary trans={this.mlops.trans}>{this.draw()}</Boundary>
        </ShownContext.Provider>
      </MLOpsContext.Provider>
    );
  }

  /** The focus goes to the first of what is shown that takes it, unless it is in there already. */
  takeFocus(): void {
    // what was asked for before is to be drawn first
    MessageLoop.sendMessage(this, Widget.Msg.UpdateRequest);
    void this.renderPromise?.then(() => {
      if (!this.node.contains(document.activeElement)) {
        // a page whose content is still to come takes it itself
        (this.node.querySelector<HTMLElement>(STOPS) ?? this.node).focus();
      }
    });
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.takeFocus();
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
