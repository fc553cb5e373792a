// Second part of the runs table: one metric against one parameter, or against time, as inline SVG.

const WIDTH = 680, HEIGHT = 320, LEFT = 76, RIGHT = 16, TOP = 14, BOTTOM = 48;

const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200].map((seconds) => seconds * 1000);
const DAY = 86400000;

function niceStep(span, count) {
  const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= rough * 0.999) ?? 10 * power;
}

function ticksOf(low, high, step) {
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

// A scale is {at: value -> 0..1, ticks: [[value, label], ...]}.
function linearScale(values) {
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) {
    const room = Math.abs(low) / 10 || 1;
    [low, high] = [low - room, high + room];
  }
  const step = niceStep(high - low, 6), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  [low, high] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const short = digits <= 6 && Math.max(Math.abs(low), Math.abs(high)) < 1e6;
  const label = (tick) => (short ? tick.toFixed(digits) : String(Number(tick.toPrecision(12))));
  const ticks = ticksOf(low, high, step).map((tick) => [tick, label(tick)]);
  return { at: (value) => (value - low) / (high - low), ticks };
}

function logScale(values) {
  const logs = values.map(Math.log10), low = Math.floor(Math.min(...logs) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs) - 1e-9));
  const powers = ticksOf(low, high, Math.ceil((high - low) / 8));
  const ticks = powers.map((power) => [10 ** power, String(Number(`1e${power}`))]);
  return { at: (value) => (Math.log10(value) - low) / (high - low), ticks };
}

function timeScale(values) {
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) [low, high] = [low - 60000, high + 60000];
  const span = high - low, room = span * 0.03;
  const step = STEPS.find((one) => one >= span / 5) ?? Math.ceil(span / 5 / DAY) * DAY;
  const text = (tick) => {
    const [day, time] = stamp(new Date(tick).toISOString()).split(" ");
    if (step >= DAY) return day;
    const clock = step < 60000 ? time : time.slice(0, 5);
    return span > DAY ? `${day.slice(5)} ${clock}` : clock;
  };
  const offset = new Date(low).getTimezoneOffset() * 60000; // ticks on the reader's own hours and days
  const ticks = ticksOf(low - offset, high - offset, step).map((tick) => [tick + offset, text(tick + offset)]);
  return { at: (value) => (value - low + room) / (span + 2 * room), ticks };
}

function categoryScale(values) {
  const names = [...new Set(values)].sort((a, b) => compareValues(a, b, false));
  const each = Math.ceil(names.length / 10);
  const clip = (name) => (name.length > 14 ? `${name.slice(0, 13)}…` : name);
  const ticks = names.map((name, index) => [name, index % each ? "" : clip(name)]);
  return { at: (value) => (names.indexOf(value) + 0.5) / names.length, ticks };
}

function scaleOf(column, values, log) {
  if (column.key === "started") return timeScale(values);
  if (!values.every((value) => typeof value === "number")) return categoryScale(values.map(String));
  return log && values.every((value) => value > 0) ? logScale(values) : linearScale(values);
}

// Points {run, x, y} that can be drawn, and how many runs cannot.
function pointsOf(runs, x, y) {
  const time = x.key === "started";
  const all = runs.map((run) => ({ run, y: numberOf(y.value(run)), x: time ? Date.parse(run.started) : x.value(run) }));
  const drawn = all.filter((point) => Number.isFinite(point.y) && !missing(point.x) && !Number.isNaN(point.x));
  const numbers = drawn.every((point) => Number.isFinite(numberOf(point.x)));
  const points = drawn.map((point) => ({ ...point, x: numbers ? numberOf(point.x) : String(point.x) }));
  return { points, left: runs.length - points.length };
}

function axes(x, y, across, up) {
  const bottom = HEIGHT - BOTTOM, parts = [];
  for (const [tick, label] of y.scale.ticks) {
    parts.push(h("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: up(tick), y2: up(tick) }),
      h("text", { x: LEFT - 8, y: up(tick) + 4, "text-anchor": "end" }, label));
  }
  for (const [tick, label] of x.scale.ticks) {
    parts.push(h("line", { class: "axis", x1: across(tick), x2: across(tick), y1: bottom, y2: bottom + 5 }),
      h("text", { x: across(tick), y: bottom + 18, "text-anchor": "middle" }, label));
  }
  const middle = (TOP + bottom) / 2, centred = { class: "label", "text-anchor": "middle" };
  return [...parts,
    h("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: bottom, y2: bottom }),
    h("text", { ...centred, x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8 }, x.label),
    h("text", { ...centred, x: 14, y: middle, transform: `rotate(-90 14 ${middle})` }, y.label)];
}

function drawChart(points, x, y, log, selected) {
  const sides = {
    x: { label: x.label, scale: scaleOf(x, points.map((point) => point.x), log) },
    y: { label: y.label, scale: linearScale(points.map((point) => point.y)) },
  };
  const across = (value) => LEFT + sides.x.scale.at(value) * (WIDTH - LEFT - RIGHT);
  const up = (value) => HEIGHT - BOTTOM - sides.y.scale.at(value) * (HEIGHT - TOP - BOTTOM);
  const last = (point) => (selected.has(point.run.run_id) ? 1 : 0); // on top of the others
  const dots = [...points].sort((a, b) => last(a) - last(b)).map(({ run, x: at, y: value }) => {
    const shown = x.key === "started" ? stamp(run.started) : at;
    const told = `${run.name}\n${x.label} = ${shown}\n${y.label} = ${showNumber(value)}`;
    const kind = selected.has(run.run_id) ? "point selected" : "point";
    return h("circle", { class: kind, cx: across(at), cy: up(value), r: 5 }, h("title", {}, told));
  });
  const told = `${y.label} against ${x.label}, ${points.length} ${points.length === 1 ? "run" : "runs"}`;
  return h("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told },
    axes(sides.x, sides.y, across, up), dots);
}
