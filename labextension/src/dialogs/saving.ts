import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

/**
 * Offer to save what was changed in a notebook: it is the file that runs. False where nothing is to be done
 * then.
 */
export async function offerToSave(
  panel: NotebookPanel | null,
  name: string,
  trans: TranslationBundle
): Promise<boolean> {
  if (!panel?.context.model.dirty) {
    return true;
  }
  const save = Dialog.okButton({ label: trans.__('Save and go on') });
  const asIs = Dialog.cancelButton({ label: trans.__('Use the file as it is') });
  const { button } = await showDialog({
    title: trans.__('%1 has unsaved changes', name),
    body: trans.__('What runs is the saved file.'),
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), asIs, save]
  });
  if (button.accept) {
    await panel.context.save();
    return !panel.context.model.dirty;
  }
  return button.label === asIs.label;
}
