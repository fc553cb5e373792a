import { placeByKey, scrolledTo, shownRows } from '../rows';

it('keeps few rows in the page, however many there are', () => {
  const { first, last } = shownRows(100_000, 72, 72 * 50_000, 720);
  expect(first).toBe(49_994);
  expect(last).toBe(50_016);
});

it.each([
  [0, 72, 0, 500],
  [3, 72, 0, 500],
  [3, 72, 5000, 500],
  [3, 72, 0, 0]
])('never names rows that are not there (%p rows)', (count, height, top, viewport) => {
  const { first, last } = shownRows(count, height, top, viewport);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(last).toBeLessThanOrEqual(count);
  expect(last).toBeGreaterThanOrEqual(first);
});

it('scrolls as little as is needed to see a row', () => {
  expect(scrolledTo(0, 70, 100, 300)).toBe(0);
  expect(scrolledTo(3, 70, 100, 300)).toBe(100);
  expect(scrolledTo(10, 70, 100, 300)).toBe(470);
});

it.each([
  ['ArrowDown', 4, 5],
  ['ArrowUp', 0, 0],
  ['ArrowDown', 9, 9],
  ['PageDown', 0, 5],
  ['PageUp', 7, 2],
  ['Home', 7, 0],
  ['End', 0, 9],
  ['x', 3, null],
  ['toString', 3, null]
])('%s leads from %p to %p', (key, place, wanted) => {
  expect(placeByKey(key, place, 10, 5)).toBe(wanted);
});

it('leads nowhere in an empty list', () => {
  expect(placeByKey('ArrowDown', 0, 0, 5)).toBeNull();
});
