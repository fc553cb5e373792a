"""What makes a widget readable for any eye, and for none: scripts that a page evaluates on its root."""

# the ratio of WCAG 2 between each text and the ground it is on: at least 4.5 is asked for
FAINT = """root => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const texts = (element) => [...element.childNodes].filter((node) => node.nodeType === 3);
  const told = (element) => texts(element).some((node) => node.textContent.trim());
  return [...root.querySelectorAll('*')].filter((one) => one.offsetParent && told(one)).map((one) => {
    const [a, b] = [light(rgba(getComputedStyle(one).color)), light(ground(one))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.textContent.slice(0, 30)];
  }).filter(([ratio]) => ratio < 4.5);
}"""
WIDER = "(element) => element.scrollWidth > element.clientWidth"  # than its place
UNNAMED = """root => [...root.querySelectorAll('button, input, summary, select')]
  .filter((one) => !one.labels?.length)
  .filter((one) => !(one.getAttribute('aria-label') || one.textContent).trim()).length"""
# what lies below the edge of a page of the main area, where nothing can be scrolled to it
CUT = """root => {
  const edge = root.getBoundingClientRect().bottom + 1;
  const scrolls = (one) => one !== root.parentElement
    && (/auto|scroll/.test(getComputedStyle(one).overflowY) || scrolls(one.parentElement));
  return [...root.querySelectorAll('*')].filter((one) => one.offsetParent && !one.children.length)
    .filter((one) => one.getBoundingClientRect().bottom > edge && !scrolls(one))
    .map((one) => one.textContent.slice(0, 30));
}"""
