// Last part of the promotion panel: the view. Everything is read from what Python says and done by Python: the
// page asks, and shows what came of it.

class View extends Panel {
  constructor(model, root) {
    super(model, "%promote", "gates judged");
    this.build(root);
    this.start();
  }

  build(root) {
    const region = (label, style) =>
      h("div", { class: `scroll framed ${style}`, role: "region", "aria-label": label, tabindex: "0" });
    this.title = h("h2", {});
    this.refresh = button("Refresh", () => this.ask({ type: "refresh" }),
      { title: "Read versions, gates and ledger again" });
    this.champion = h("p", { class: "champion" });
    this.table = region("Versions", "versions");
    this.chosen = h("h3", {});
    this.gates = h("ul", { class: "gates", "aria-label": "Gates" });
    this.actions = new Actions((message) => this.ask(message));
    this.changesTitle = h("h4", {});
    this.changes = h("div", {});
    this.verify = button("Verify", () => this.ask({ type: "verify" }),
      { title: "Is every entry as it was written, and the alias where the ledger says?" });
    this.found = h("div", { role: "status" });
    this.ledger = region("History", "ledger");
    this.notes = h("ul", { class: "notes quiet" });
    this.section = h("section", { class: "chosen", "aria-label": "Chosen version" },
      this.chosen, this.gates, this.notes, this.actions.root, this.changesTitle, this.changes);
    root.append(
      h("div", { class: "bar head" }, this.title, this.refresh), this.champion, this.problem, this.task, this.said,
      this.table,
      this.section,
      h("section", { "aria-label": "Ledger" },
        h("div", { class: "bar head" }, h("h3", {}, "History"), this.verify), this.found, this.ledger));
  }

  draw() {
    const { model } = this;
    this.overview = model.get("overview");
    this.detail = model.get("detail");
    if (this.changed("overview")) {
      this.drawHead();
      this.drawLedger();
    }
    if (this.changed("overview", "detail")) {
      this.drawVersions();
      this.drawDetail();
    }
    if (this.changed("said") && model.get("said")) this.actions.done();
  }

  drawHead() {
    const { model, alias, champion } = this.overview;
    say(this.title, model);
    const parts = [];
    if (!champion.version) parts.push(`No version is the ${alias} yet.`);
    else {
      parts.push(h("span", { class: "star", "aria-hidden": "true" }, "★"),
        h("span", {}, `${alias}: `, h("strong", {}, `version ${champion.version}`)));
      if (champion.known) {
        parts.push(h("span", { class: "quiet" }, `since ${champion.since}, ${champion.how} by ${champion.who}`));
        if (champion.red) parts.push(h("span", { class: "badge red" }, "⚠ by override"));
        if (champion.reason) parts.push(h("span", { class: "quiet" }, `“${champion.reason}”`));
      } else parts.push(h("span", { class: "quiet" }, "the ledger does not tell who made it so"));
    }
    replace(this.champion, parts.flatMap((part) => [part, " "]));
  }

  drawVersions() {
    const { model, metrics, versions, more, alias } = this.overview;
    const number = (name) => h("th", { scope: "col", class: "number" }, h("bdi", {}, name));
    const heads = h("tr", {}, ["Version", "Aliases", "Gates"].map((name) => h("th", { scope: "col" }, name)),
      metrics.map(number), ["Created (UTC)", "Author"].map((name) => h("th", { scope: "col" }, name)));
    replace(this.table, h("table", {}, h("thead", {}, heads),
      h("tbody", {}, versions.map((version) => this.versionRow(version, alias)))),
    more ? h("p", { class: "quiet" }, `and ${more.toLocaleString("en")} older: %promote ${model}@VERSION shows one`)
      : null);
  }

  versionRow(version, alias) {
    const here = version.version === this.detail.version;
    const star = version.champion ? h("span", { class: "star", title: alias, "aria-hidden": "true" }, " ★") : null;
    const name = button([version.version, star].filter(Boolean), () => this.choose(version.version), {
      class: "name", "data-key": `version ${version.version}`, "aria-current": here ? "true" : null,
      "aria-label": `Version ${version.version}`, onkeydown: (event) => this.move(event, version.version),
    });
    const aliases = [...version.aliases.map((one) => h("span", { class: "badge" }, one)),
      version.rejected ? h("span", { class: "badge red", title: version.rejected }, "rejected") : null];
    const gates = version.gates.text ? [signOf(version.gates.sign, version.gates.kind), ` ${version.gates.text}`] : "";
    const metric = (one) => h("td", { class: "number" }, one.text, metricText(one));
    return h("tr", { class: here ? "chosen" : "", onclick: () => this.choose(version.version) },
      h("td", {}, name), h("td", {}, aliases), h("td", {}, gates), version.metrics.map(metric),
      h("td", { class: "digits" }, version.created),
      h("td", { title: version.author }, version.author.replace(/ \([^()]*\)$/, "")));
  }

  choose(version) {
    keyed(this.table, `version ${version}`)?.focus({ preventScroll: true });
    if (version !== this.detail.version) this.tell({ type: "choose", version });
  }

  move(event, version) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const { versions } = this.overview;
    const next = versions[versions.findIndex((one) => one.version === version) + by];
    if (next) this.choose(next.version);
  }

  drawDetail() {
    const { detail, overview } = this, { champion, alias } = overview;
    const label = `${overview.model}@${detail.version}`;
    replace(this.chosen, `Version ${detail.version}`, " ", h("span", { class: "quiet" }, detail.summary));
    this.section.hidden = !detail.version; // all versions are gone
    replace(this.gates, detail.gates.map(gateRow));
    replace(this.notes, detail.notes.map((note) => h("li", {}, note)));
    this.actions.draw(detail, overview, label);
    say(this.changesTitle, champion.version && champion.version !== detail.version
      ? `What changed against the ${alias}, version ${champion.version}` : "What changed");
    replace(this.changes, changesOf(detail, champion.version));
  }

  drawLedger() {
    const { history } = this.overview;
    replace(this.found, ledgerVerdict(history), history.notes.map((note) => h("p", { class: "quiet" }, note)));
    replace(this.ledger, ledgerTable(history));
  }

  setBusy(busy) {
    this.actions.setBusy(busy);
    this.refresh.disabled = this.verify.disabled = busy;
  }
}

function render({ model, el }) {
  el.classList.add("jp-mlops-promotion");
  return show(el, new View(model, el));
}

export default { render };
