// Last part of the runs table: the view. The parts are joined into the one ES module that anywidget loads.

const PAGE = 50;
const SHOWN = 6; // columns of parameters, and of metrics, that show until the reader chooses
const CONSTANT = 3; // no column beyond this many shows by itself where all runs agree
const COMPARED = 20;
const PLACEHOLDER = "Filter, e.g.  logistic  accuracy > 0.9  status = FINISHED  C < 1";

class View {
  constructor(model, root) {
    this.model = model;
    this.sort = { key: "started", down: true };
    this.page = 0;
    this.shown = new Map(); // column key -> whether the reader wants it
    this.axes = { x: null, y: null, log: false };
    this.onlyDifferent = false;
    this.build(root);
    this.load();
  }

  build(root) {
    const region = (label) => h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" });
    this.buildBar();
    this.status = h("div", { class: "status", role: "status" });
    this.problem = h("div", { class: "problem", role: "alert" });
    this.empty = h("p", { class: "empty" }, "No runs yet. ", h("code", {}, "%track start"),
      " records this notebook from then on; ", h("code", {}, "%%track NAME"),
      " records one cell. Then show this table again.");
    this.scroll = region("Runs");
    this.pager = h("div", { class: "pager" });
    const only = this.checkbox("Only rows that differ", (on) => { this.onlyDifferent = on; this.drawComparison(); });
    this.sideBySide = region("Runs side by side");
    this.comparedNote = h("span", { class: "note" });
    this.compared = h("section", { class: "compared", "aria-label": "Comparison" },
      h("div", { class: "bar" }, h("strong", {}, "Comparison"), only, this.comparedNote), this.sideBySide);
    this.log = this.checkbox("log scale", (on) => { this.axes.log = on; this.drawPlot(); });
    this.plotBar = h("div", { class: "bar" });
    this.plotNote = h("p", { class: "note" });
    this.chart = h("div", { class: "chart" });
    this.plotted = h("section", { "aria-label": "Plot" }, this.plotBar, this.chart, this.plotNote);
    root.append(this.bar, this.problem, this.status, this.empty, this.scroll, this.pager, this.compared, this.plotted);
  }

  buildBar() {
    const button = (label, click, attributes) =>
      h("button", { type: "button", onclick: click, ...attributes }, label);
    this.filter = h("input", {
      type: "search", "aria-label": "Filter runs", placeholder: PLACEHOLDER, spellcheck: "false",
      title: `${PLACEHOLDER}\nAny column, parameter or metric by name; durations in seconds.`,
      oninput: () => { this.page = 0; this.draw(); },
    });
    this.compare = button("Compare", () => this.toggle(this.compare), { "aria-expanded": "false" });
    this.plot = button("Plot", () => this.toggle(this.plot), { "aria-expanded": "false" });
    this.clear = button("Clear selection", () => this.select([]));
    this.refresh = button("Refresh", () => {
      this.tell("Reading the runs again …");
      this.model.send({ type: "refresh" });
    });
    this.columnList = h("div", { class: "choices" });
    this.summary = h("summary", {}, "Columns");
    this.chooser = h("details", {}, this.summary, this.columnList);
    this.bar = h("div", { class: "bar" },
      this.filter, this.compare, this.plot, this.clear, this.refresh, this.chooser);
  }

  checkbox(label, change) {
    const box = h("input", { type: "checkbox", onchange: (event) => change(event.target.checked) });
    return h("label", {}, box, ` ${label}`);
  }

  load() {
    this.runs = this.model.get("runs").map((run) => ({ ...run, haystack: haystack(run) }));
    this.columns = { parameters: columnsOf(this.runs, "parameters"), metrics: columnsOf(this.runs, "metrics") };
    this.measured = [...this.columns.parameters, ...this.columns.metrics];
    this.known = [...FIXED, ...HIDDEN, NOTEBOOK, ...this.measured];
    const empty = this.runs.length === 0;
    this.empty.hidden = !empty;
    this.scroll.hidden = empty;
    this.refresh.hidden = !this.model.get("refreshable");
    for (const part of [this.filter, this.compare, this.plot, this.clear, this.chooser]) part.hidden = empty;
    this.problem.textContent = this.model.get("problem");
    this.drawColumns();
    this.drawAxes();
    this.draw();
  }

  get selected() { return new Set(this.model.get("selected")); }

  select(ids) {
    this.model.set("selected", ids);
    this.model.save_changes();
  }

  toggle(button) {
    button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
    this.draw();
  }

  visible(group) {
    const first = (column, index) => index < (column.varies ? SHOWN : CONSTANT);
    return this.columns[group].filter((column, index) => this.shown.get(column.key) ?? first(column, index));
  }

  draw() {
    const { test, unknown } = parseFilter(this.filter.value, this.known);
    const column = this.known.find((one) => one.key === this.sort.key) ?? FIXED[2];
    this.found = this.runs.filter(test).map((run) => [column.value(run), run])
      .sort(([left], [right]) => compareValues(left, right, this.sort.down)).map(([, run]) => run);
    this.unknown = unknown;
    this.page = Math.max(0, Math.min(this.page, Math.ceil(this.found.length / PAGE) - 1));
    this.drawTable();
    this.drawPager();
    this.drawSelection();
    this.drawPlot();
  }

  // A redraw must not take the focus away from the keyboard.
  replace(host, ...children) {
    const active = host.getRootNode().activeElement;
    const key = active && host.contains(active) ? active.dataset.key : null;
    host.replaceChildren(...children.flat().filter((child) => child != null));
    const again = key && keyed(host, key);
    if (again) again.focus({ preventScroll: true });
  }

  tell(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  drawColumns() {
    const choice = (column) => h("label", {}, h("input", {
      type: "checkbox", "data-key": column.key, checked: this.visible(column.group).includes(column),
      onchange: (event) => { this.shown.set(column.key, event.target.checked); this.draw(); },
    }), ` ${column.label}`);
    const group = (title, columns) =>
      columns.length ? h("fieldset", {}, h("legend", {}, title), columns.map(choice)) : null;
    const { parameters, metrics } = this.columns;
    this.replace(this.columnList, group("Parameters", parameters), group("Metrics", metrics));
  }

  drawTable() {
    const groups = [["Parameters", this.visible("parameters")], ["Metrics", this.visible("metrics")]];
    const measured = groups.flatMap(([, group]) => group), columns = [...FIXED, ...measured, NOTEBOOK];
    this.summary.textContent = `Columns (${measured.length} of ${this.measured.length})`;
    const above = h("tr", { class: "groups" }, h("td", { colspan: FIXED.length + 1 }), groups.map(([title, group]) =>
      group.length ? h("th", { colspan: group.length, scope: "colgroup" }, title) : null), h("td"));
    const heads = h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen" }, "selected")),
      columns.map((column) => this.head(column)));
    const rows = this.found.slice(this.page * PAGE, (this.page + 1) * PAGE).map((run) => this.row(run, columns));
    if (!rows.length) rows.push(h("tr", {}, h("td", { colspan: columns.length + 1 }, "No run passes the filter.")));
    this.replace(this.scroll, h("table", {}, h("thead", {}, above, heads), h("tbody", {}, rows)));
  }

  head(column) {
    const { key, down } = this.sort, here = key === column.key;
    const order = here ? (down ? "descending" : "ascending") : "none";
    const sort = () => {
      this.sort = { key: column.key, down: here && !down };
      this.page = 0;
      this.draw();
    };
    const sign = { ascending: "▲", descending: "▼", none: "" }[order];
    const arrow = h("span", { class: "arrow", "aria-hidden": "true" }, sign);
    const sample = this.found.map((run) => column.value(run)).find((value) => !missing(value));
    return h("th", { scope: "col", class: numeric(sample) ? "number" : "", "aria-sort": order }, h("button", {
      type: "button", "data-key": column.key, title: `Sort by ${column.label}`, onclick: sort,
    }, h("bdi", {}, column.label), arrow));
  }

  row(run, columns) {
    const others = () => [...this.selected].filter((id) => id !== run.run_id);
    const box = h("input", {
      type: "checkbox", "data-key": run.run_id, "aria-label": `Select ${run.name} ${stamp(run.started) ?? ""}`,
      onchange: (event) => this.select(event.target.checked ? [...others(), run.run_id] : others()),
    });
    return h("tr", { "data-run": run.run_id }, h("td", {}, box), columns.map((column) => this.cell(run, column)));
  }

  cell(run, column) {
    const value = column.value(run);
    if (missing(value)) return h("td", {}, ABSENT);
    const state = column.key === "status", kind = state ? `state ${run.status}` : numeric(value) ? "number" : "";
    const title = state && run.error ? run.error : String(value);
    return h("td", { class: kind, title }, (column.show ?? String)(value));
  }

  drawPager() {
    const pages = Math.ceil(this.found.length / PAGE);
    const step = (label, by) => h("button", {
      type: "button", "data-key": label, disabled: !this.found[(this.page + by) * PAGE],
      onclick: () => { this.page += by; this.draw(); this.scroll.scrollTop = 0; },
    }, label);
    this.pager.hidden = pages < 2;
    const place = h("span", {}, `Page ${this.page + 1} of ${pages}`);
    this.replace(this.pager, step("Previous", -1), place, step("Next", 1));
  }

  // The rows stay as they are: a box that is being ticked must not be replaced under the hand.
  drawSelection() {
    const selected = this.selected;
    for (const row of this.scroll.querySelectorAll("[data-run]")) {
      row.classList.toggle("selected", selected.has(row.dataset.run));
      row.querySelector("input").checked = selected.has(row.dataset.run);
    }
    this.compare.disabled = selected.size < 2;
    this.clear.disabled = selected.size === 0;
    this.compare.title = selected.size < 2 ? "Select two runs or more" : "Show the selected runs side by side";
    const count = (number) => number.toLocaleString("en");
    const text = [`${count(this.found.length)} of ${count(this.runs.length)} runs, ${selected.size} selected.`,
      ...this.unknown.map((name) => `No column, parameter or metric is named ${name}: read as text.`)];
    this.tell(this.runs.length ? text.join(" ") : "");
    this.drawComparison();
  }

  drawComparison() {
    const selected = this.selected, runs = this.runs.filter((run) => selected.has(run.run_id));
    this.compared.hidden = this.compare.getAttribute("aria-expanded") !== "true" || runs.length < 2;
    if (this.compared.hidden) return;
    const shown = runs.slice(0, COMPARED);
    this.comparedNote.textContent = runs.length > COMPARED ? `The first ${COMPARED} of ${runs.length} selected.` : "";
    const name = (run) => h("th", { scope: "col", title: run.run_id }, run.name);
    const group = (title) => h("tr", { class: "group" },
      h("th", { scope: "rowgroup", colspan: shown.length + 1 }, title));
    const bodies = comparisonRows(shown, this.columns, this.onlyDifferent).map(([title, rows]) =>
      h("tbody", {}, group(title), rows.map(comparisonRow)));
    this.replace(this.sideBySide,
      h("table", {}, h("thead", {}, h("tr", {}, h("td"), shown.map(name))), bodies));
  }

  drawAxes() {
    const { parameters, metrics } = this.columns, time = FIXED[2];
    const again = (old, among) => among.find((column) => column.key === old?.key) ?? among[0];
    this.axes.x = again(this.axes.x, [...parameters, time]);
    this.axes.y = again(this.axes.y, metrics);
    const x = this.chooseAxis("x", "against", [["Parameters", parameters], ["Time", [time]]]);
    const y = this.chooseAxis("y", "Metric", [["Metrics", metrics]]);
    this.plotBar.replaceChildren(h("strong", {}, "Plot"), y, x, this.log);
    this.plotBar.hidden = !metrics.length;
  }

  chooseAxis(side, label, groups) {
    const option = (column) =>
      h("option", { value: column.key, selected: column.key === this.axes[side]?.key }, column.label);
    const group = ([title, columns]) =>
      columns.length ? h("optgroup", { label: title }, columns.map(option)) : null;
    const choose = (event) => {
      this.axes[side] = this.known.find((column) => column.key === event.target.value);
      this.drawPlot();
    };
    return h("label", {}, `${label} `, h("select", { "aria-label": label, onchange: choose }, groups.map(group)));
  }

  drawPlot() {
    this.plotted.hidden = this.plot.getAttribute("aria-expanded") !== "true" || !this.runs.length;
    if (this.plotted.hidden) return;
    const { x, y, log } = this.axes;
    if (!y) {
      const how = h("code", {}, "%track metric NAME");
      this.chart.replaceChildren("There is no metric to plot yet: ", how, " records one.");
      return;
    }
    const { points, left } = pointsOf(this.found, x, y);
    this.log.hidden = x.key === "started" || !points.every((point) => point.x > 0);
    const note = `${left} of ${this.found.length} runs have no finite ${y.label} or no ${x.label}.`;
    this.plotNote.textContent = left ? note : "";
    this.chart.replaceChildren(points.length ? drawChart(points, x, y, log, this.selected) : "Nothing to plot.");
  }
}

function render({ model, el }) {
  el.classList.add("jp-mlops-runs");
  el.dataset.lmSuppressShortcuts = "true"; // or Enter on a button would edit the notebook's cell
  const view = new View(model, el);
  const load = () => view.load();
  const select = () => { view.drawSelection(); view.drawPlot(); };
  const heard = (message) => { if (message?.type === "refreshed") view.drawSelection(); };
  const listeners = [["change:runs", load], ["change:problem", load], ["change:refreshable", load],
    ["change:selected", select], ["msg:custom", heard]];
  listeners.forEach(([event, listener]) => model.on(event, listener));
  return () => listeners.forEach(([event, listener]) => model.off(event, listener));
}

export default { render };
