// Last part of the pipeline widget: the view. One trait for each step and each box, so that a message carries
// only what changed, and a view that comes later finds all of it.

const HEADS = ["Step", "State", "Cells", "Time", "Run", "Metrics", "Why"];
const DEAF = 3000; // milliseconds that a kernel which hears the page needs at most

function seconds(value) {
  if (value < 60) return `${value.toFixed(1)} s`;
  const minutes = Math.floor(value / 60);
  return minutes < 60 ? `${minutes} min ${Math.floor(value % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// What a node of the tree says, touched only where it changes: a selection or a tooltip stays.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class View {
  constructor(model, root) {
    this.model = model;
    this.rows = [];
    this.last = new Map(); // trait -> the value that is drawn
    this.heard = false;
    this.build(root);
    this.load();
    this.ticker = setInterval(() => this.tick(), 1000);
  }

  build(root) {
    const region = (label, style) =>
      h("div", { class: `scroll ${style}`, role: "region", "aria-label": label, tabindex: "0" });
    this.name = h("strong", {});
    this.status = h("span", { class: "status", role: "status" });
    this.cancel = h("button", { type: "button", onclick: () => this.askToCancel() }, "Cancel");
    this.problem = h("div", { class: "problem", role: "alert" });
    this.note = h("div", { class: "note" });
    this.graph = region("Steps and what follows on what", "graph");
    this.body = h("tbody", {});
    this.table = region("Steps", "steps");
    const heads = HEADS.map((name) => h("th", { scope: "col" }, name));
    this.table.append(h("table", {}, h("thead", {}, h("tr", {}, heads)), this.body));
    this.hint = h("span", { class: "note" }, "To cancel, interrupt the kernel (■ in the toolbar).");
    root.append(h("div", { class: "bar" }, this.name, this.status, this.hint, this.cancel), this.problem, this.graph,
      this.table, this.note);
  }

  load() {
    const { model } = this;
    say(this.name, model.get("pipeline"));
    say(this.status, model.get("summary"));
    say(this.problem, model.get("problem"));
    say(this.note, model.get("note"));
    this.skew = Date.now() - model.get("now");
    this.drawGraph();
    this.drawCancel();
    for (let index = 0; index < model.get("nodes"); index += 1) this.drawNode(index);
    for (let index = 0; index < model.get("steps"); index += 1) this.drawRow(index);
    this.table.hidden = model.get("steps") === 0;
    this.tick();
  }

  changed(trait) {
    const value = this.model.get(trait);
    if (this.last.get(trait) === value) return null;
    this.last.set(trait, value);
    return value;
  }

  drawGraph() {
    const text = this.changed("drawing");
    if (text === null) return;
    const svg = text && new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    this.graph.hidden = !svg || svg.nodeName !== "svg";
    this.graph.replaceChildren(...(this.graph.hidden ? [] : [document.importNode(svg, true)]));
    for (const trait of [...this.last.keys()]) if (trait.startsWith("node_")) this.last.delete(trait);
  }

  drawNode(index) {
    const node = this.changed(`node_${index}`);
    const group = node && this.graph.querySelector(`[data-node="${index}"]`);
    if (!group) return;
    group.setAttribute("class", `node ${node.state}`);
    say(group.querySelector("title"), node.whole);
    for (const part of ["icon", "name", "told"]) say(group.querySelector(`.${part}`), node[part]);
  }

  drawRow(index) {
    const step = this.changed(`step_${index}`);
    if (!step) return;
    const row = this.rows[index] ??= this.addRow();
    const again = step.attempt > 1 ? `, attempt ${step.attempt}` : "";
    row.step = step;
    row.line.className = step.css;
    row.line.dataset.state = step.state;
    say(row.name, step.name);
    say(row.icon, step.icon);
    say(row.state, `${step.state}${again}${step.selected ? ", best" : ""}`);
    row.bar.hidden = step.state !== "running" || !step.cells;
    row.bar.value = step.cell;
    row.bar.max = step.cells || 1;
    say(row.cells, step.cells ? `${step.cell}/${step.cells}` : "");
    for (const part of ["run", "metrics", "why"]) {
      say(row[part], step[part]);
      row[part].title = step[part];
    }
    row.name.title = step.name;
    this.tickRow(row);
  }

  addRow() {
    const cell = (style) => h("td", { class: style });
    const [name, state, cells, time, run, metrics, why] = HEADS.map((head) => cell(head.toLowerCase()));
    const parts = { icon: h("span", { class: "icon", "aria-hidden": "true" }), state: h("span", {}),
      bar: h("progress", { "aria-label": "cells done" }), cells: h("span", {}) };
    state.append(parts.icon, " ", parts.state);
    cells.append(parts.bar, parts.cells);
    const line = h("tr", {}, name, state, cells, time, run, metrics, why);
    this.body.append(line);
    return { ...parts, line, name, time, run, metrics, why };
  }

  tick() {
    this.rows.forEach((row) => this.tickRow(row));
  }

  // A page that is opened again without its kernel must not count on for ever.
  tickRow({ step, time }) {
    const runs = step.state === "running" && step.started !== null && !this.model.get("finished");
    if (runs && !this.heard) return;
    const took = runs ? Math.max(0, (Date.now() - this.skew - step.started) / 1000) : step.seconds;
    say(time, took === null ? "" : seconds(took));
  }

  drawCancel() {
    const { model } = this;
    const open = model.get("cancellable") && !model.get("finished");
    this.cancel.hidden = !open || !model.get("hears");
    this.hint.hidden = !open || model.get("hears");
    this.cancel.disabled = model.get("cancelling");
    say(this.cancel, model.get("cancelling") ? "Cancelling …" : "Cancel");
  }

  askToCancel() {
    this.cancel.disabled = true;
    this.model.send({ type: "cancel" });
    this.waits = setTimeout(() => {
      if (this.model.get("cancelling") || this.model.get("finished")) return;
      say(this.problem, "The kernel does not answer: interrupt it (■ in the toolbar) to cancel.");
      this.drawCancel();
    }, DEAF);
  }

  end() {
    clearInterval(this.ticker);
    clearTimeout(this.waits);
  }
}

function render({ model, el }) {
  el.classList.add("jp-mlops-pipeline");
  el.dataset.lmSuppressShortcuts = "true"; // or Enter on a button would edit the notebook's cell
  const view = new View(model, el);
  // `now` changes with each message, and after it all that the message carries is there
  const load = () => { view.heard = true; queueMicrotask(() => view.load()); };
  model.on("change:now", load);
  if (model.get("cancellable") && !model.get("hears")) model.send({ type: "hello" });
  return () => { model.off("change:now", load); view.end(); };
}

export default { render };
