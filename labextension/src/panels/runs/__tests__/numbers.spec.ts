import { bytesText, changeText, leading, numberFrom, numberText } from '../numbers';

it.each([
  [0.123456789, '0.123457'],
  [100000, '100000'],
  [1e20, '100000000000000000000'],
  [1.5e-9, '1.5e-9'],
  [-0.25, '-0.25'],
  [null, '–'],
  [NaN, '–']
])('shows %p as %p', (value, text) => {
  expect(numberText(value)).toBe(text);
});

it.each([
  ['0.8', '0.82', '+0.02 (+2.5 %)'],
  ['-2', '-3', '−1 (−50 %)'],
  ['0', '3', '+3'],
  ['1', '1', ''],
  [null, '1', ''],
  ['x', '1', '']
])('the change from %p to %p is %p', (left, right, text) => {
  expect(changeText(left, right)).toBe(text);
});

it('takes no text for a number', () => {
  expect(['', ' ', 'l2', 'Infinity', null].map(numberFrom)).toEqual([null, null, null, null, null]);
});

it('shows what is filters for first, and what was measured in training last', () => {
  expect(leading({ training_loss: 1, b: 1, a: 1, 'system/cpu': 1, z: 1 }, 'z')).toEqual([
    'z',
    'a',
    'b',
    'system/cpu',
    'training_loss'
  ]);
});

it.each([
  [0, '0 B'],
  [2048, '2.0 KiB'],
  [300 * 1024 ** 2, '300 MiB']
])('%p bytes are %p', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
