import { LabIcon } from '@jupyterlab/ui-components';

import mlops from '../style/icons/mlops.svg';

export const mlopsIcon = new LabIcon({ name: 'jupyter-mlops:mlops', svgstr: mlops });
