// Second part of the runs table: values, columns, the filter language, the comparison.
// What runs say reaches the page by textContent and attributes alone, never as markup.

// ---- values ----------------------------------------------------------------------------------------

const ABSENT = "–";
const missing = (value) => value === null || value === undefined || value === "";

function numberOf(value) {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() ? Number(value) : NaN;
}

const numeric = (value) => !Number.isNaN(numberOf(value));

function stamp(iso) {
  if (missing(iso)) return null;
  const two = (number) => String(number).padStart(2, "0");
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function showNumber(value) {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

function showDuration(seconds) {
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function inOrder(left, right) {
  const a = numberOf(left), b = numberOf(right);
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a < b ? -1 : a > b ? 1 : 0;
  return String(left).localeCompare(String(right), undefined, { numeric: true });
}

// Numbers, then text, then NaN, then nothing: the last two stay last in either direction.
function compareValues(left, right, down) {
  const rank = (value) => missing(value) ? 3 : value === "NaN" ? 2 : numeric(value) ? 0 : 1;
  const a = rank(left), b = rank(right);
  if (a !== b && (a > 1 || b > 1)) return a - b;
  return (a !== b ? a - b : a > 1 ? 0 : inOrder(left, right)) * (down ? -1 : 1);
}

// ---- columns ---------------------------------------------------------------------------------------

const FIXED = [
  { key: "name", label: "name", value: (run) => run.name },
  { key: "status", label: "status", value: (run) => run.status },
  { key: "started", label: "started", value: (run) => stamp(run.started) },
  { key: "duration", label: "duration", value: (run) => run.duration, show: showDuration },
];
const HIDDEN = ["experiment", "kind", "run_id", "error"].map((key) => ({ key, value: (run) => run[key] }));
const NOTEBOOK = { key: "notebook", label: "notebook", value: (run) => run.notebook };

// Columns whose values differ come first: those are what a reader of many runs looks for.
function columnsOf(runs, group) {
  const seen = new Map();
  runs.forEach((run) => Object.entries(run[group]).forEach(([name, value]) => {
    if (!seen.has(name)) seen.set(name, { values: new Set(), count: 0 });
    seen.get(name).values.add(value);
    seen.get(name).count += 1;
  }));
  const varies = (name) => seen.get(name).values.size > 1 || seen.get(name).count < runs.length;
  // Autologging spells its metrics long (LogisticRegression_score_X_test); what a person named comes first.
  const names = group === "metrics" ? [...seen.keys()].sort((a, b) => a.length - b.length) : [...seen.keys()];
  return [...names.filter(varies), ...names.filter((name) => !varies(name))].map((name) => ({
    key: `${group}.${name}`, label: name, group, varies: varies(name),
    value: (run) => (Object.hasOwn(run[group], name) ? run[group][name] : null),
    show: group === "metrics" ? showNumber : String,
  }));
}

// ---- filter ----------------------------------------------------------------------------------------

const COMPARISON =
  /("[^"]*"|'[^']*'|[^\s<>=!"']+)\s*(>=|<=|!=|==|=|>|<)\s*("[^"]*"|'[^']*'|[^\s<>=!"']\S*)/g;
const unquote = (text) => /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;

function findColumns(columns, name) {
  const bare = name.replace(/^(params|param|parameter)\./, "parameters.").replace(/^metric\./, "metrics.");
  const named = (test) => columns.filter((column) => test(column.key) || test(column.label ?? ""));
  const exact = named((text) => text === bare);
  return exact.length ? exact : named((text) => text.toLowerCase() === bare.toLowerCase());
}

function holds(column, run, operator, wanted) {
  let value = column.value(run);
  if (missing(value)) return false;
  // A date stands for its whole day, a minute for its whole minute.
  if (column.key === "started") value = value.slice(0, wanted.length);
  const comparable = numeric(value) === numeric(wanted);
  const order = comparable ? inOrder(String(value).toLowerCase(), wanted.toLowerCase()) : NaN;
  switch (operator) {
    case ">": return order > 0;
    case ">=": return order >= 0;
    case "<": return order < 0;
    case "<=": return order <= 0;
    case "!=": return order !== 0;
    default: return order === 0;
  }
}

function haystack(run) {
  const pairs = [...Object.entries(run.parameters), ...Object.entries(run.metrics)];
  const own = [run.name, run.status, run.experiment, run.kind, run.notebook, run.run_id, run.error, stamp(run.started)];
  return [...own, ...pairs.map(([name, value]) => `${name} = ${value}`)].join("\n").toLowerCase();
}

// {test, unknown}: comparisons of known names, and all else as text that must occur somewhere in the run.
function parseFilter(text, columns) {
  const tests = [], phrases = [], unknown = [];
  const rest = text.replace(COMPARISON, (whole, name, operator, value) => {
    const named = findColumns(columns, unquote(name));
    const wanted = unquote(value);
    if (named.length) tests.push((run) => named.some((column) => holds(column, run, operator, wanted)));
    else unknown.push(unquote(name)), phrases.push(whole);
    return " ";
  });
  const words = (rest.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map(unquote);
  if (/^[<>=!]+$/.test(words.at(-1) ?? "")) words.pop(); // a comparison still being typed
  phrases.push(...words.filter((word) => !(tests.length && /^and$/i.test(word))));
  const wanted = phrases.map((phrase) => phrase.toLowerCase());
  const test = (run) => tests.every((one) => one(run)) && wanted.every((word) => run.haystack.includes(word));
  return { test, unknown };
}

// ---- comparison ------------------------------------------------------------------------------------

function comparisonRows(runs, { parameters, metrics }, onlyDifferent) {
  const groups = [["Run", [...FIXED.slice(1), NOTEBOOK]], ["Parameters", parameters], ["Metrics", metrics]];
  const row = (column) => {
    const values = runs.map((run) => column.value(run) ?? null);
    return { column, values, differs: new Set(values).size > 1 };
  };
  const wanted = ({ values, differs }) => !values.every(missing) && (differs || !onlyDifferent);
  return groups.map(([title, group]) => [title, group.map(row).filter(wanted)]).filter(([, rows]) => rows.length);
}

function comparisonRow({ column, values, differs }) {
  const mark = h("span", { class: "mark", title: "differs", role: "img", "aria-label": "differs" }, "≠");
  const cell = (value) => missing(value) ? h("td", {}, ABSENT)
    : h("td", { class: numeric(value) ? "number" : "", title: String(value) }, (column.show ?? String)(value));
  return h("tr", { class: differs ? "differs" : "" },
    h("th", { scope: "row" }, differs ? [mark, " "] : null, column.label), values.map(cell));
}
