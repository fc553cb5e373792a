import { bytesText, changeText, finiteOf, numberOf, numberText, signedText } from '../numbers';

it.each([
  [0.123456789, '0.123457'],
  [100000, '100000'],
  [1e20, '100000000000000000000'],
  [1.5e-9, '1.5e-9'],
  [1234567.89, '1234568'],
  [-0.25, '−0.25'],
  [null, '–'],
  ['', '–'],
  ['deep', '–'],
  ['NaN', 'NaN'],
  ['Infinity', '∞'],
  ['-Infinity', '−∞']
])('shows %p as %p', (value, text) => {
  expect(numberText(value)).toBe(text);
});

it.each([
  ['0.8', '0.82', '+0.02 (+2.5 %)'],
  ['-2', '-3', '−1 (−50 %)'],
  ['0', '3', '+3'],
  ['1', '1', ''],
  [null, '1', ''],
  ['x', '1', ''],
  ['nan', '1', ''],
  ['-inf', '1', '']
])('the change from %p to %p is %p', (left, right, text) => {
  expect(changeText(left, right)).toBe(text);
});

it.each([
  [0.05, '+0.05'],
  [-1234.4, '−1234'],
  [0, '0'],
  ['Infinity', '+∞'],
  ['NaN', 'NaN']
])('%p with its sign is %p', (value, text) => {
  expect(signedText(value)).toBe(text);
});

it('takes no text for a number but of those that have names', () => {
  expect(['', ' ', 'l2', null, undefined].map(numberOf)).toEqual([null, null, null, null, null]);
  expect(['NaN', 'nan', '-inf', 'Infinity', ' 2 '].map(numberOf)).toEqual([
    ...[NaN, NaN, -Infinity, Infinity, 2]
  ]);
  expect(['NaN', 'Infinity', Infinity, 2].map(finiteOf)).toEqual([null, null, null, 2]);
});

it.each([
  [0, '0 B'],
  [2048, '2.0 KiB'],
  [300 * 1024 ** 2, '300 MiB']
])('%p bytes are %p', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
