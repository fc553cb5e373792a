// A second entry of the wheel's shared data would break rebuilds after `jupyter-builder develop`.
const { copyFileSync } = require('fs');
const { join } = require('path');

const root = join(__dirname, '..');
copyFileSync(join(root, 'install.json'), join(root, '../jupyter_mlops/labextension/install.json'));
