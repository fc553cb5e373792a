import { countsOf, linesOf } from '../difference';

const DIFF =
  '@@ -1,3 +1,4 @@\n import x\n-C = 1\n+C = 2\n+# more\n print(C)\n@@ -9 +10 @@\n--- a\n+++ b';

it('numbers the lines of either side', () => {
  const lines = linesOf(DIFF);
  expect(lines.map(line => [line.mark, line.left, line.right, line.text])).toEqual([
    [' ', 1, 1, 'import x'],
    ['−', 2, null, 'C = 1'],
    ['+', null, 2, 'C = 2'],
    ['+', null, 3, '# more'],
    [' ', 3, 4, 'print(C)'],
    ['⋯', null, null, ''],
    ['−', 9, null, '-- a'],
    ['+', null, 10, '++ b']
  ]);
  expect(countsOf(lines)).toEqual({ added: 3, removed: 2 });
});

it('leaves out the heads that name files', () => {
  expect(linesOf('--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n').map(line => line.text)).toEqual(['x', 'y']);
});

it('has no lines where there is no difference', () => {
  expect(linesOf('')).toEqual([]);
});
