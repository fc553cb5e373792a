// The size of the built extension as JSON: what is loaded when JupyterLab starts, as it is and as gzip makes it.
import { readdirSync, readFileSync } from 'fs';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';
import { gzipSync } from 'zlib';

const folder = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../jupyter_mlops/labextension/static'
);
const files = readdirSync(folder)
  .filter(name => name.endsWith('.js'))
  .map(name => readFileSync(join(folder, name)));
const sum = numbers => numbers.reduce((all, each) => all + each, 0);

console.log(
  JSON.stringify({
    files: files.length,
    bytes: sum(files.map(file => file.length)),
    gzip_bytes: sum(files.map(file => gzipSync(file).length))
  })
);
