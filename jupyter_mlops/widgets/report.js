// Last part of the widgets that show a report on columns: the view. A list of columns, and of the one that is
// chosen all that is known with its plot. The order that Python gives is the first one: the most telling first.

const NUMBERS = /^[-+−]?[\d.]/;

function compare(left, right, down) {
  const none = (value) => value === null || value === undefined || value === "";
  if (none(left) || none(right)) return none(left) - none(right); // last in either direction
  const numbers = typeof left === "number" && typeof right === "number";
  const order = numbers ? left - right : String(left).localeCompare(String(right), undefined, { numeric: true });
  return down ? -order : order;
}

// A drawing of ours: parsed as XML of its own, in which text is text, and put into the page whole.
function drawing(text) {
  const svg = text && new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return svg && svg.nodeName === "svg" ? document.importNode(svg, true) : null;
}

function sign(state) {
  return h("span", { class: `sign ${state.kind}`, "aria-hidden": "true" }, state.sign);
}

function facts(pairs) {
  return h("dl", {}, pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

class View {
  constructor(model, root) {
    this.model = model;
    this.plots = new Map(); // those that the kernel drew when they were asked for
    this.sort = null;
    this.build(root);
    this.load();
  }

  build(root) {
    const region = (label, style) =>
      h("div", { class: `scroll ${style}`, role: "region", "aria-label": label, tabindex: "0" });
    this.head = h("div", {});
    this.filter = h("input", {
      type: "search", "aria-label": "Filter columns", placeholder: "Filter columns by name", spellcheck: "false",
      oninput: () => this.drawTable(),
    });
    this.states = h("select", { "aria-label": "State", onchange: () => this.drawTable() });
    this.status = h("span", { class: "quiet", role: "status" });
    this.bar = h("div", { class: "bar" }, this.filter, this.states, this.status);
    this.table = region("Columns", "columns");
    this.detail = h("section", { class: "detail", "aria-label": "Chosen column", "aria-live": "polite" });
    this.panes = h("div", { class: "panes" }, this.table, this.detail);
    this.examples = region("Rows that differ", "examples");
    this.examplesTitle = h("h3", {}, "Rows that differ");
    root.append(this.head, this.bar, this.panes, this.examplesTitle, this.examples);
  }

  load() {
    const { model } = this;
    this.rows = model.get("rows").map((row, place) => ({ ...row, place }));
    const known = model.get("states").map(([name, count]) => h("option", { value: name }, `${name} (${count})`));
    this.states.replaceChildren(h("option", { value: "" }, "All states"), ...known);
    this.chosen = this.rows.length ? 0 : null;
    this.drawHead();
    this.drawTable();
    this.drawDetail();
    this.drawExamples();
    for (const part of [this.bar, this.panes]) part.hidden = !this.rows.length;
  }

  drawHead() {
    const verdict = this.model.get("verdict"), notes = this.model.get("notes");
    this.head.replaceChildren(
      h("h2", {}, this.model.get("heading")),
      h("p", { class: `verdict ${verdict.kind}` }, sign(verdict), ` ${verdict.text}`),
      facts(this.model.get("facts")),
      ...(notes.length ? [h("ul", { class: "notes" }, notes.map((note) => h("li", {}, note)))] : []),
    );
  }

  found() {
    const wanted = this.filter.value.trim().toLowerCase(), state = this.states.value;
    const passes = (row) => row.name.toLowerCase().includes(wanted) && (!state || row.state.text === state);
    const rows = this.rows.filter(passes);
    if (!this.sort) return rows;
    const { column, down } = this.sort;
    return rows.sort((left, right) => compare(left.sort[column], right.sort[column], down));
  }

  // A redraw must not take the focus away from the keyboard.
  drawTable() {
    const root = this.table.getRootNode(), active = root.activeElement;
    const key = active && this.table.contains(active) ? active.dataset.key : null;
    const rows = this.found(), heads = this.model.get("heads");
    const body = rows.length ? rows.map((row) => this.row(row, heads))
      : h("tr", {}, h("td", { colspan: heads.length }, "No column passes the filter."));
    this.table.replaceChildren(h("table", {},
      h("thead", {}, h("tr", {}, heads.map((head, column) => this.headCell(head, column)))), h("tbody", {}, body)));
    const count = (number) => number.toLocaleString("en");
    const told = `${count(rows.length)} of ${count(this.rows.length)} columns`;
    if (this.status.textContent !== told) this.status.textContent = told;
    if (key) this.focus(key);
  }

  focus(key) {
    keyed(this.table, key)?.focus();
  }

  headCell(head, column) {
    const here = this.sort?.column === column, down = here && this.sort.down;
    const order = here ? (down ? "descending" : "ascending") : "none";
    const arrow = { ascending: "▲", descending: "▼", none: "" }[order];
    const sort = () => {
      this.sort = { column, down: here ? !down : head.number };
      this.drawTable();
    };
    return h("th", { scope: "col", class: head.number ? "number" : "", "aria-sort": order }, h("button", {
      type: "button", "data-key": `head ${column}`, title: `Sort by ${head.label}`, onclick: sort,
    }, h("bdi", {}, head.label), h("span", { class: "arrow", "aria-hidden": "true" }, arrow)));
  }

  row(row, heads) {
    const here = row.place === this.chosen;
    const name = h("button", {
      type: "button", class: "name", "data-key": `row ${row.place}`, "aria-current": here ? "true" : null,
      title: row.name, onclick: () => this.choose(row.place), onkeydown: (event) => this.move(event, row.place),
    }, h("bdi", {}, row.name));
    const cells = heads.slice(1).map((head, column) => {
      const text = row.cells[column + 1];
      const parts = head.key === "state" ? [sign(row.state), ` ${text}`] : text;
      return h("td", { class: head.number ? "number" : "", title: text }, parts);
    });
    return h("tr", { class: here ? "chosen" : "", onclick: () => this.choose(row.place) }, h("td", {}, name), cells);
  }

  move(event, place) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const rows = this.found(), next = rows[rows.findIndex((row) => row.place === place) + by];
    event.preventDefault();
    if (next) this.choose(next.place);
  }

  choose(place) {
    if (this.chosen !== place) {
      this.chosen = place;
      this.drawTable();
      this.drawDetail();
    }
    this.focus(`row ${place}`);
  }

  drawDetail() {
    const row = this.rows[this.chosen ?? -1];
    if (!row) {
      this.detail.replaceChildren();
      return;
    }
    this.plot = h("div", { class: "plot" });
    this.drawPlot(row);
    this.detail.replaceChildren(
      h("h3", {}, h("bdi", {}, row.name), " ", sign(row.state), ` ${row.state.text}`),
      ...(row.words ? [h("p", { class: "quiet" }, row.words)] : []), this.plot, facts(row.facts));
  }

  drawPlot({ place }) {
    const known = this.model.get("plots")[place] ?? this.plots.get(place);
    if (known === undefined) {
      this.plot.replaceChildren(h("p", { class: "quiet" }, "The kernel draws it; without one there is no plot."));
      this.model.send({ type: "plot", row: place });
      return;
    }
    this.plot.replaceChildren(drawing(known) ?? h("p", { class: "quiet" }, "There is nothing to plot."));
  }

  heard(message) {
    if (message?.type !== "plot") return;
    this.plots.set(message.row, message.drawing);
    if (message.row === this.chosen) this.drawPlot(this.rows[this.chosen]);
  }

  drawExamples() {
    const { heads, rows, more } = this.model.get("examples");
    this.examples.hidden = this.examplesTitle.hidden = !rows.length;
    if (!rows.length) return;
    const cell = (text) => h("td", { title: text, class: NUMBERS.test(text) ? "digits" : "" }, h("bdi", {}, text));
    this.examples.replaceChildren(h("table", {},
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell))))),
      ...(more ? [h("p", { class: "quiet" }, more)] : []));
  }
}

function render({ model, el }) {
  el.classList.add("jp-mlops-report", "jp-mlops-columns");
  el.dataset.lmSuppressShortcuts = "true"; // or Enter on a button would edit the notebook's cell
  const view = new View(model, el);
  const load = () => view.load(), heard = (message) => view.heard(message);
  model.on("change:rows", load);
  model.on("msg:custom", heard);
  return () => {
    model.off("change:rows", load);
    model.off("msg:custom", heard);
  };
}

export default { render };
