// Fifth part of the panel of schedules: the form that adds one.

const TYPING = 250; // milliseconds without a key after which it is asked what that would mean
const MODES = {
  cron: ["at times (cron)", "0 2 * * *", "minute hour day month weekday"],
  every: ["every so often", "6h", "e.g. 30m, 6h or 1d"],
  data: ["when data changes", "data/new.csv", "files, folders, URLs or dataset:NAME, with commas between"],
};
const SAYS = {
  skip: "skip it", queue: "let it wait", cancel: "cancel the older run", latest: "run the last one", all: "run them all",
};

let forms = 0;

class Form {
  constructor(panel) {
    this.panel = panel;
    this.id = `jp-mlops-schedule-${(forms += 1)}-${Date.now()}`;
    this.controls = 0;
    this.zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    this.build();
    this.parameters = h("div", { class: "parameters grid" });
    this.note = h("p", { class: "quiet" });
    this.submit = button("Add the schedule", () => this.add(), { class: "primary" });
    this.cancel = button("Cancel", () => this.panel.toggleForm(false));
    this.root = h("section", { class: "form", "aria-label": "Add a schedule", hidden: true },
      h("h3", {}, "Add a schedule"),
      h("div", { class: "grid" }, this.rows),
      this.parametersTitle = h("h4", {}, "Parameters"), this.note, this.parameters,
      h("div", { class: "bar" }, this.submit, this.cancel));
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.panel.toggleForm(false); });
    this.drawChosen({});
    this.drawMode();
  }

  // A label, a control, and what is said of it. Two labels may differ in a letter that no id can have.
  row(text, control, said = null) {
    const id = `${this.id}-${(this.controls += 1)}`;
    control.id = id;
    if (said) {
      said.id = `${id}-said`;
      control.setAttribute("aria-describedby", said.id);
    }
    return h("div", { class: "row" }, h("label", { for: id }, text), control, said);
  }

  build() {
    const typed = { oninput: () => this.soon(), spellcheck: "false", autocomplete: "off" };
    this.what = h("select", { onchange: () => this.choose() });
    this.name = h("input", { type: "text", placeholder: "as what runs is called", maxlength: 100, spellcheck: "false" });
    this.mode = h("select", { onchange: () => this.drawMode() },
      Object.entries(MODES).map(([value, [label]]) => h("option", { value }, label)));
    this.when = h("input", { type: "text", maxlength: 300, ...typed });
    this.said = h("div", { class: "preview", "aria-live": "polite" });
    this.zones = h("datalist", { id: `${this.id}-zones` });
    this.timezone = h("input", { type: "text", list: `${this.id}-zones`, value: this.zone, maxlength: 60, ...typed });
    this.overlap = h("select", {});
    this.misfire = h("select", {});
    this.retries = h("input", { type: "number", min: "0", max: "100", value: "0" });
    this.own = { ":what": this.what, ":when": this.when, ":name": this.name }; // as Python tells what is wrong
    this.timezoneRow = this.row("Time zone", this.timezone, this.zones);
    this.rows = [this.row("What runs", this.what), this.row("When", this.mode), this.row("Time", this.when, this.said),
      this.timezoneRow, this.row("Name", this.name), this.row("If its run still goes on", this.overlap),
      this.row("If it is late", this.misfire), this.row("Tries after a failure", this.retries)];
  }

  drawChoices({ notebooks, pipelines, zones, overlaps, misfires }) {
    if (!notebooks) return;
    const before = this.what.value, option = (value, label) => h("option", { value }, label ?? value);
    const group = (label, names) => (names.length ? h("optgroup", { label }, names.map((name) => option(name))) : null);
    this.what.replaceChildren(...[option("", "choose …"), group("Pipelines", pipelines), group("Notebooks", notebooks)]
      .filter(Boolean));
    this.what.value = before;
    this.zones.replaceChildren(...zones.map((zone) => option(zone)));
    for (const [select, values] of [[this.overlap, overlaps], [this.misfire, misfires]]) {
      if (!select.options.length) select.append(...values.map((value) => option(value, `${value}: ${SAYS[value] ?? value}`)));
    }
  }

  drawMode() {
    const [, example, told] = MODES[this.mode.value];
    this.when.placeholder = example;
    this.when.title = told;
    this.timezoneRow.hidden = this.mode.value !== "cron";
    this.drawPreview({});
    this.soon(0);
  }

  choose() {
    this.drawChosen({});
    if (this.what.value) this.panel.tell({ type: "what", name: this.what.value });
  }

  drawChosen({ what, fields = [], note = "" }) {
    if (what && what !== this.what.value) return; // an answer to an older question
    const shown = this.fields?.map(({ field }) => field.name).join(" ");
    if (what && shown === fields.map((field) => field.name).join(" ") && shown) return;
    this.fields = fields.map((field) => this.field(field));
    this.parameters.replaceChildren(...this.fields.map(({ row }) => row));
    say(this.note, note);
    this.note.hidden = !note;
    this.parametersTitle.hidden = !fields.length && !note;
  }

  field(field) {
    const { kind, choices, text } = field;
    const options = kind === "bool" ? ["True", "False"] : choices;
    const control = kind === "text"
      ? h("input", { type: "text", value: text, spellcheck: "false", maxlength: 1000 })
      : h("select", {}, options.map((one) => h("option", { value: one, selected: one === text }, one)));
    const wrong = h("span", { class: "state bad", role: "alert" });
    const row = this.row(field.name, control,
      h("span", { class: "quiet" }, h("code", {}, field.note), field.help ? ` ${field.help} ` : " ", wrong));
    return { field, control, wrong, row, first: control.value };
  }

  drawWrong(wrong) {
    for (const one of this.fields) {
      say(one.wrong, wrong[one.field.name] ?? "");
      one.control.setAttribute("aria-invalid", String(Boolean(wrong[one.field.name])));
    }
    for (const [name, control] of Object.entries(this.own)) {
      if (wrong[name] || control !== this.when) control.setAttribute("aria-invalid", String(Boolean(wrong[name])));
    }
    const first = Object.keys(this.own).find((name) => wrong[name]);
    (this.own[first] ?? this.fields.find((one) => wrong[one.field.name])?.control)?.focus();
  }

  asked() {
    return { mode: this.mode.value, when: this.when.value, timezone: this.mode.value === "cron" ? this.timezone.value : "" };
  }

  soon(pause = TYPING) {
    clearTimeout(this.waits);
    this.waits = setTimeout(() => this.panel.tell({ type: "preview", ...this.asked() }), pause);
  }

  drawPreview({ words = "", times = [], error = "", ...of }) {
    const asked = this.asked();
    if (of.mode && Object.keys(asked).some((name) => asked[name] !== of[name])) return; // it was typed on
    this.when.setAttribute("aria-invalid", String(Boolean(error)));
    const now = Date.now();
    const next = times.map((moment) => h("li", { class: "digits" }, timeOf(moment, now)));
    this.said.replaceChildren(...(error ? [h("span", { class: "state bad" }, error)]
      : [h("span", { class: words ? "" : "quiet" }, words || MODES[this.mode.value][2]),
        next.length ? h("ol", { class: "next", "aria-label": "Next times, on your clock" }, next) : null]).filter(Boolean));
  }

  add() {
    const parameters = Object.fromEntries(this.fields
      .filter(({ control, first }) => control.value !== first).map(({ field, control }) => [field.name, control.value]));
    this.panel.ask({ type: "add", ...this.asked(), what: this.what.value, name: this.name.value, parameters,
      overlap: this.overlap.value, misfire: this.misfire.value, retries: this.retries.value });
  }

  // It is in the file: the next one begins afresh.
  done() {
    for (const one of [this.name, this.when]) one.value = "";
    this.what.value = "";
    this.retries.value = "0";
    this.drawChosen({});
    this.drawPreview({});
  }

  setBusy(busy) {
    resting(this.submit, busy);
  }
}

