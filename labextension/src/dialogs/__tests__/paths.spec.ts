import { below } from '../paths';

it.each([
  ['', 'a/b.ipynb', 'a/b.ipynb'],
  ['a', 'a/b.ipynb', 'b.ipynb'],
  ['a', 'ab/c.ipynb', 'ab/c.ipynb']
])('names a notebook below its project: %j', (folder, path, name) => {
  expect(below(folder, path)).toBe(name);
});
