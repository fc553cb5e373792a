// Last part of the panel of schedules: the view.

const SAYING = 20000; // milliseconds between two words that somebody looks at it

class View extends Panel {
  constructor(model, root) {
    super(model, "%schedules", "");
    this.opened = "";
    this.removing = "";
    this.isBusy = true;
    this.element = root;
    this.build(root);
    this.start();
    this.look();
  }

  build(root) {
    this.title = h("h2", {}, "Schedules");
    this.refresh = button("Refresh", () => this.ask({ type: "refresh" }), { title: "Read schedules and slots again" });
    this.adds = button("Add a schedule …", () => this.toggleForm(this.form.root.hidden), { "aria-expanded": "false" });
    this.ticks = h("p", { class: "ticks" });
    this.notes = h("ul", { class: "notes quiet" });
    this.form = new Form(this);
    this.table = h("div", { class: "scroll framed rows", role: "region", "aria-label": "Schedules", tabindex: "0" });
    this.run = new RunView(this, () => this.watch(""));
    root.append(h("div", { class: "bar head" }, this.title, h("div", { class: "bar" }, this.adds, this.refresh)),
      this.ticks, this.notes, this.problem, this.task, this.said, this.form.root, this.table, this.run.root);
  }

  draw() {
    const { model } = this;
    this.overview = model.get("overview");
    if (this.changed("overview")) this.drawHead();
    if (this.changed("overview", "details")) this.drawRows();
    if (this.changed("choices")) this.form.drawChoices(model.get("choices"));
    if (this.changed("chosen")) this.form.drawChosen(model.get("chosen"));
    if (this.changed("preview")) this.form.drawPreview(model.get("preview"));
    if (this.changed("wrong")) this.form.drawWrong(model.get("wrong"));
    if (this.changed("watched")) this.drawRun();
    if (this.changed("added") && model.get("added") && !this.form.root.hidden) {
      this.form.done();
      this.toggleForm(false);
    }
  }

  drawHead() {
    const { ticks, notes, project } = this.overview;
    replace(this.title, "Schedules ", h("span", { class: "quiet" }, project));
    replace(this.ticks, signOf(ticks.sign, ticks.kind), ` ${ticks.text} `, ticks.command ? h("code", {}, ticks.command) : null);
    replace(this.notes, notes.map((note) => h("li", {}, note)));
    this.notes.hidden = !notes.length;
  }

  drawRows() {
    const held = this.table.contains(this.table.getRootNode().activeElement);
    this.drawTable();
    // what was removed took the focus along: the table keeps it
    if (held && !this.table.contains(this.table.getRootNode().activeElement)) this.table.focus({ preventScroll: true });
  }

  drawTable() {
    const now = this.clock(), { rows } = this.overview, details = this.model.get("details");
    if (!rows.length) {
      replace(this.table, h("p", { class: "empty" }, "Nothing runs by itself yet. ",
        button("Add a schedule …", () => this.toggleForm(true), { "data-key": "first" })));
      return;
    }
    const head = h("tr", {}, HEADS.map((name) => h("th", { scope: "col" }, name || h("span", { class: "unseen" }, "Actions"))));
    replace(this.table, h("table", {}, h("thead", {}, head),
      h("tbody", {}, rows.flatMap((row) => rowsOf(row, details, this, now)))));
  }

  drawRun() {
    const known = this.model.get("watched"), other = known.key && known.key !== this.run.key;
    this.run.draw(known);
    if (other && this.heard) this.run.root.scrollIntoView({ block: "nearest" });
  }

  clock() {
    return Date.now() - (this.skew ?? 0);
  }

  open(name) {
    this.opened = this.opened === name ? "" : name;
    this.drawRows();
    this.tell({ type: "open", name: this.opened });
  }

  // Asked once; the focus goes to the answer that changes nothing.
  remove(name, of) {
    this.removing = name;
    this.drawRows();
    const key = name ? `keep ${of}` : `remove ${of}`;
    keyed(this.table, key)?.focus();
  }

  toggleForm(open) {
    this.form.root.hidden = !open;
    this.adds.setAttribute("aria-expanded", String(open));
    if (open) {
      this.tell({ type: "form" });
      this.form.what.focus();
    } else this.adds.focus();
  }

  watch(run) {
    this.tell({ type: "watch", name: run });
  }

  setBusy(busy) {
    resting(this.refresh, busy);
    this.form.setBusy(busy);
    if (busy === this.isBusy) return;
    this.isBusy = busy;
    for (const one of this.table.querySelectorAll(".actions button")) resting(one, busy);
  }

  // Counts on, without the kernel.
  tick() {
    super.tick();
    const now = this.clock();
    for (const one of this.table.querySelectorAll("[data-moment]")) say(one, away(Number(one.dataset.moment), now));
    this.run.tick();
  }

  ask(message) {
    this.removing = "";
    super.ask(message);
    if (message.type === "remove") this.drawRows();
  }

  // The kernel reads anew only while somebody looks.
  look() {
    this.seen = false;
    const tell = () => this.tell({ type: "shown", shown: this.seen && !document.hidden });
    this.observer = new IntersectionObserver((found) => {
      const seen = found.some((one) => one.isIntersecting);
      if (seen !== this.seen) {
        this.seen = seen;
        tell();
      }
    });
    this.observer.observe(this.element);
    this.visible = tell;
    document.addEventListener("visibilitychange", tell);
    this.says = setInterval(() => { if (this.seen && !document.hidden) tell(); }, SAYING);
  }

  end() {
    super.end();
    clearInterval(this.says);
    this.observer.disconnect();
    document.removeEventListener("visibilitychange", this.visible);
    this.run.end();
    this.tell({ type: "shown", shown: false });
  }
}

function render({ model, el }) {
  el.classList.add("jp-mlops-schedules");
  return show(el, new View(model, el));
}

export default { render };
