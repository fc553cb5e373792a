import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactElement } from 'react';

import type { FormModel } from '../form/model';

interface IOptions<State extends object, Answer> {
  title: string;
  /** What the button says that sends the form. */
  accept: string;
  model: FormModel<State, Answer>;
  body: ReactElement;
  trans: TranslationBundle;
}

/** Show a form until it is taken or cancelled; what the server answered, null where it was cancelled. */
export async function ask<State extends object, Answer>(
  options: IOptions<State, Answer>
): Promise<Answer | null> {
  const dialog = new FormDialog(options);
  const { button } = await dialog.launch();
  return button.accept ? dialog.answer : null;
}

/** A dialog that stays open until the server has taken what is filled in. */
export class FormDialog<State extends object, Answer> extends Dialog<unknown> {
  constructor(options: IOptions<State, Answer>) {
    const body = ReactWidget.create(options.body);
    const { trans } = options;
    super({
      title: options.title,
      body,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: options.accept })
      ],
      focusNodeSelector: 'input, select'
    });
    this.addClass('jp-MLOps-dialog');
    this.node.setAttribute('aria-label', options.title);
    this._model = options.model;
    this._model.changed.connect(this._drawBusy, this);
  }

  /** What the server answered. */
  get answer(): Answer | null {
    return this._answer;
  }

  override dispose(): void {
    this._model.changed.disconnect(this._drawBusy, this);
    super.dispose();
  }

  override resolve(index?: number): void {
    if (index === 0) {
      super.resolve(index);
    } else {
      void this._send();
    }
  }

  override handleEvent(event: Event): void {
    if (!this._isForBody(event)) {
      super.handleEvent(event);
    }
  }

  private async _send(): Promise<void> {
    this._answer = await this._model.submit();
    if (this._answer !== null && !this.isDisposed) {
      super.resolve(1);
    }
  }

  /** Enter opens a list and unfolds what is folded; an arrow goes on in a text. */
  private _isForBody(event: Event): boolean {
    const { target, type } = event;
    const controls = 'summary, select, a, .jp-Dialog-body button';
    return (
      type === 'keydown' &&
      (event as KeyboardEvent).key === 'Enter' &&
      target instanceof Element &&
      target.matches(controls)
    );
  }

  private _drawBusy(): void {
    const { busy } = this._model.state;
    this.node.setAttribute('aria-busy', String(busy));
    this.node.querySelector('.jp-mod-accept')?.setAttribute('aria-disabled', String(busy));
  }

  private _answer: Answer | null = null;
  private _model: FormModel<State, Answer>;
}
