import { useLayoutEffect, useState, type RefObject } from 'react';

/** How wide an element is, in pixels. */
export function useWidth(element: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const found = element.current;
    if (!found || typeof ResizeObserver === 'undefined') {
      return;
    }
    setWidth(found.clientWidth);
    const observer = new ResizeObserver(() => setWidth(found.clientWidth));
    observer.observe(found);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
