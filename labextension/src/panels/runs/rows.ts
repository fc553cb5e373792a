/** The rows that are in the page, by their places; `last` is the place after the last. */
export interface IShownRows {
  readonly first: number;
  readonly last: number;
}

/** Which of `count` rows are seen in a viewport, with `spare` more above and below. All in pixels. */
export function shownRows(
  count: number,
  height: number,
  top: number,
  viewport: number,
  spare = 6
): IShownRows {
  const first = Math.max(0, Math.min(count, Math.floor(top / height)) - spare);
  const last = Math.min(count, Math.ceil((top + Math.max(viewport, height)) / height) + spare);
  return { first, last: Math.max(first, last) };
}

/** Where to scroll so that the row at that place is seen whole; `top` where it is. */
export function scrolledTo(place: number, height: number, top: number, viewport: number): number {
  const above = place * height;
  if (above < top) {
    return above;
  }
  return above + height > top + viewport ? above + height - viewport : top;
}

/** The place that a key leads to from `place`; null for a key that leads nowhere. */
export function placeByKey(key: string, place: number, count: number, page: number): number | null {
  const steps = new Map([
    ['ArrowDown', place + 1],
    ['ArrowUp', place - 1],
    ['PageDown', place + page],
    ['PageUp', place - page],
    ['Home', 0],
    ['End', count - 1]
  ]);
  const wanted = steps.get(key);
  return wanted === undefined || count === 0 ? null : Math.max(0, Math.min(count - 1, wanted));
}
