// Third part of a panel's module, where it follows a run: its cells as a strip, and the tail of its log.

const KEPT = 500; // lines
const NEAR = 12; // pixels from the end within which the log is taken to be at its end

function shortly(value) {
  return value < 10 ? `${value.toFixed(1)} s` : seconds(value);
}

class RunView {
  // `closing` is what the Close button does, where there is one.
  constructor(panel, closing = null) {
    this.panel = panel;
    this.key = null;
    this.lines = new Map(); // number -> element
    this.sign = h("span", { "aria-hidden": "true" });
    this.title = h("h3", {});
    this.status = h("span", { role: "status" });
    this.stop = button("Cancel the run …", () => this.question(true), { "aria-expanded": "false" });
    this.close = closing ? button("Close", closing, { "aria-label": "Close the log" }) : null;
    this.yes = button("End it now", () => { this.question(false); panel.tell({ type: "cancel" }); }, { class: "danger" });
    this.no = button("Let it run", () => this.question(false));
    this.sure = h("div", { class: "question bar", role: "group", "aria-label": "Cancel the run", hidden: true },
      "It ends at once, with what it has done so far.", this.yes, this.no);
    this.sure.addEventListener("keydown", (event) => { if (event.key === "Escape") this.question(false); });
    this.trouble = h("p", { class: "problem", role: "alert", hidden: true });
    this.strips = h("div", { class: "strips" });
    this.at = h("p", { class: "quiet at" });
    this.log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Log", tabindex: "0",
      onscroll: () => this.scrolled() });
    this.down = button("↓ newest", () => this.stick(true), { class: "down", hidden: true,
      "aria-label": "Scroll to the newest line, and stay there" });
    this.sticks = true; // to its end
    this.root = h("section", { class: "watched", "aria-label": "Run", hidden: true },
      h("div", { class: "bar head" }, h("div", { class: "bar" }, this.sign, this.title, this.status),
        h("div", { class: "bar" }, this.stop, this.close)),
      this.sure, this.trouble, this.strips, this.at,
      this.logged = h("div", { class: "logged" }, this.log, this.down));
    this.said = (message) => { if (message?.type === "lines") this.hear(message); };
    panel.model.on("msg:custom", this.said);
  }

  end() {
    this.panel.model.off("msg:custom", this.said);
  }

  question(open) {
    this.sure.hidden = !open;
    this.stop.setAttribute("aria-expanded", String(open));
    (open ? this.no : this.stop).focus();
  }

  draw(known) {
    this.root.hidden = !known.key;
    if (!known.key) return;
    this.known = known;
    if (known.key !== this.key) this.begin(known.key);
    say(this.sign, known.sign);
    this.sign.className = `sign ${known.kind}`;
    const named = known.reference === known.run || !known.run ? known.reference : `${known.reference} · ${known.run}`;
    say(this.title, `Run ${named.replace(/\b([0-9a-f]{8})[0-9a-f]{24}\b/g, "$1")}`);
    this.title.title = known.run;
    say(this.status, known.cancelling ? "is being ended" : known.text);
    this.logged.hidden = known.over && !known.run;
    this.stop.hidden = known.over || !known.run;
    this.stop.disabled = known.cancelling;
    if (known.over) this.sure.hidden = true;
    say(this.trouble, known.problem);
    this.trouble.hidden = !known.problem;
    replace(this.strips, known.groups.map((group) => this.strip(group)));
    this.tick();
  }

  begin(key) {
    this.key = key;
    this.lines.clear();
    this.log.replaceChildren();
    this.sure.hidden = true;
    this.stick(true);
  }

  strip(group) {
    const [sign, kind] = group.sign;
    const dense = group.cells.length > 40 ? " dense" : "";
    const title = group.step
      ? h("span", { class: "step" }, signOf(sign, kind), ` ${group.step}`, h("span", { class: "unseen" }, group.status)) : null;
    return h("div", { class: "strip" }, title,
      h("ol", { class: `cells${dense}`, "aria-label": group.step ? `Cells of ${group.step}` : "Cells" },
        group.cells.map((cell) => this.box(cell))));
  }

  box(cell) {
    const took = cell.seconds == null ? "" : shortly(cell.seconds);
    const told = `Cell ${cell.number}, ${cell.state}${took && `, ${took}`}${cell.name && `: ${cell.name}`}`;
    return h("li", { class: `cell ${cell.kind}`, title: told, "data-since": cell.since },
      h("span", { class: "unseen" }, told),
      h("span", { "aria-hidden": "true", class: "number" }, String(cell.number)),
      signOf(cell.sign, cell.kind), h("span", { class: "took", "aria-hidden": "true" }, took));
  }

  // What runs counts on.
  tick() {
    const known = this.known;
    if (!known) return;
    const alive = !known.over && this.panel.heard;
    for (const box of alive ? this.strips.querySelectorAll("[data-since]") : []) {
      const since = (Date.now() - this.panel.skew - Number(box.dataset.since)) / 1000;
      say(box.querySelector(".took"), seconds(Math.max(0, since)));
    }
    const going = known.groups.flatMap((group) => group.cells
      .filter((cell) => cell.state === "running")
      .map((cell) => `${group.step && `${group.step}, `}cell ${cell.number} of ${group.cells.length}: ${cell.name}`));
    say(this.at, going.join(" · "));
    this.at.hidden = !going.length;
  }

  hear({ key, lines }) {
    if (key !== this.key) this.begin(key);
    for (const line of lines) this.line(line);
    while (this.lines.size > KEPT) {
      const [oldest, element] = this.lines.entries().next().value;
      element.remove();
      this.lines.delete(oldest);
    }
    if (this.sticks) this.log.scrollTop = this.log.scrollHeight;
  }

  line({ n, place, text }) {
    const known = this.lines.get(n);
    if (known) {
      say(known.lastChild, text);
      return;
    }
    const [step, cell, stream] = place, from = cell == null ? "" : `${step && `${step} `}[${cell}]`;
    const made = h("div", { class: `line ${stream}`, "data-from": from },
      h("span", { class: "from" }, this.log.lastChild?.dataset.from === from ? "" : from), h("span", {}, text));
    this.lines.set(n, made);
    this.log.append(made);
  }

  // Whoever scrolls up reads: it stays there, until it is at its end again.
  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    this.sticks = scrollHeight - scrollTop - clientHeight < NEAR;
    this.down.hidden = this.sticks;
  }

  stick(on) {
    this.sticks = on;
    this.down.hidden = on;
    this.log.scrollTop = this.log.scrollHeight;
  }
}

