const PINNED = 3_000; // milliseconds in which what is above may still grow

/**
 * Scroll to an element, and stay there while what is above it grows, until the reader does something.
 * Call the function that comes back to let go of it.
 */
export function keepInView(element: HTMLElement, scroller: HTMLElement): () => void {
  const show = (): void => {
    const away = element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += away - Math.min(48, scroller.clientHeight / 8);
  };
  const observer = new ResizeObserver(show);
  const letGo = (): void => {
    observer.disconnect();
    window.clearTimeout(timer);
    DONE.forEach(event => scroller.removeEventListener(event, letGo));
  };
  const timer = window.setTimeout(letGo, PINNED);
  DONE.forEach(event => scroller.addEventListener(event, letGo, { passive: true }));
  for (const child of scroller.children) {
    observer.observe(child);
  }
  show();
  return letGo;
}

const DONE = ['wheel', 'pointerdown', 'keydown', 'touchstart'];
