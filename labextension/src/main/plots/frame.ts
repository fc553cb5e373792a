import type { RefObject } from 'react';

import { useWidth } from '../width';

/** The sides of a plot in pixels, and the ways from shares of a scale to places within them. */
export interface IFrame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  across(share: number): number;
  up(share: number): number;
  /** How many ticks have room along the bottom. */
  readonly ticks: number;
}

const NARROWEST = 240;
const WIDEST = 860;

/** A plot that is as wide as the element, so that its texts are as large as all others. */
export function useFrame(element: RefObject<HTMLElement>): IFrame {
  return frameOf(useWidth(element) || 640);
}

export function frameOf(available: number): IFrame {
  const width = Math.max(NARROWEST, Math.min(WIDEST, available));
  const height = Math.round(Math.min(320, Math.max(200, width * 0.45)));
  const [left, right, top, bottom] = [60, width - 14, 10, height - 44];
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    across: share => left + share * (right - left),
    up: share => bottom - share * (bottom - top),
    ticks: Math.max(2, Math.floor((right - left) / 90))
  };
}
