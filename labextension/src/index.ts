import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import sidebar from './plugins/sidebar';

const plugins: JupyterFrontEndPlugin<unknown, JupyterFrontEnd.IShell>[] = [sidebar];

export default plugins;
