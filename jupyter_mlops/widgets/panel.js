// Second part of a panel's module: what it shares with other panels. Everything is read from what Python says and
// done by Python: the page asks, says what goes on, and whether anybody listens.

const DEAF = 5000; // milliseconds that a kernel at leisure needs at most

// What a node of the tree says, touched only where it changes: a selection or a tooltip stays.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A redraw must take neither the focus away from the keyboard nor close what was opened.
function replace(host, ...children) {
  const active = host.getRootNode().activeElement;
  const key = active && host.contains(active) ? active.dataset.key : null;
  const open = new Set([...host.querySelectorAll("details[open][data-fold]")].map((one) => one.dataset.fold));
  host.replaceChildren(...children.flat(Infinity).filter((child) => child != null));
  for (const one of host.querySelectorAll("details[data-fold]")) {
    if (open.has(one.dataset.fold)) one.open = true;
  }
  const again = key && keyed(host, key);
  if (again) again.focus({ preventScroll: true });
}

function signOf(sign, kind) {
  return h("span", { class: `sign ${kind}`, "aria-hidden": "true" }, sign);
}

function button(label, click, attributes = {}) {
  return h("button", { type: "button", onclick: click, ...attributes }, label);
}

// While something goes on a button does nothing, but keeps the focus: one that is disabled would lose it.
function resting(control, rests) {
  control.setAttribute("aria-disabled", String(rests));
}

function seconds(value) {
  const whole = Math.floor(value), minutes = Math.floor(whole / 60);
  if (whole < 60) return `${whole} s`;
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// One that extends it builds its elements, calls `start`, and has `draw` and `setBusy`.
class Panel {
  constructor(model, magic, counted) {
    this.model = model;
    this.magic = magic;
    this.last = new Map(); // traits -> the values that are drawn
    this.heard = false; // by the kernel
    this.pending = false;
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.said = h("p", { class: "said", role: "status", hidden: true });
    this.doing = h("span", { role: "status" });
    this.line = h("span", { class: "quiet line" });
    this.elapsed = h("span", { class: "quiet digits" });
    this.bar = h("progress", { "aria-label": counted, hidden: true });
    this.task = h("div", { class: "bar task", hidden: true },
      signOf("◌", "turning"), this.doing, this.bar, this.elapsed, this.line);
  }

  start() {
    this.load();
    this.ticker = setInterval(() => this.tick(), 1000);
    this.listen();
  }

  changed(...traits) {
    const values = traits.map((trait) => this.model.get(trait));
    const key = traits.join(" "), before = this.last.get(key);
    this.last.set(key, values);
    return !before || values.some((value, place) => value !== before[place]);
  }

  load() {
    const { model } = this;
    this.skew = Date.now() - model.get("now");
    this.draw();
    for (const [element, trait] of [[this.problem, "problem"], [this.said, "said"]]) {
      say(element, model.get(trait));
      element.hidden = !model.get(trait);
    }
    this.drawTask();
  }

  drawTask() {
    const task = this.model.get("task"), busy = Boolean(task.text);
    if (busy) this.pending = false;
    this.task.hidden = !busy;
    if (busy) {
      say(this.doing, task.text);
      say(this.line, task.line);
      this.bar.hidden = !task.total;
      this.bar.max = task.total || 1;
      this.bar.value = task.done;
    } else say(this.doing, "");
    this.tick();
    this.setBusy(busy || this.pending || !this.heard);
  }

  // A page that is opened again without its kernel must not count on for ever.
  tick() {
    const task = this.model.get("task");
    if (!task.text) return;
    const progress = task.total ? `${task.done} of ${task.total}, ` : "";
    say(this.elapsed, this.heard ? progress + seconds(Math.max(0, (Date.now() - this.skew - task.since) / 1000)) : "");
  }

  ask(message) {
    if (this.pending || this.model.get("task").text) return; // a second click
    this.pending = true;
    this.setBusy(true);
    this.tell(message);
    this.listen();
  }

  tell(message) {
    try {
      this.model.send(message);
    } catch (error) { // without a kernel: `listen` says so
      console.warn(error);
    }
  }

  // Until the kernel says something, nothing can be done; after a while the page says so.
  listen() {
    clearTimeout(this.waits);
    this.waits = setTimeout(() => {
      say(this.problem, "The kernel does not answer. It does when its cell has ended; "
        + `after a restart, run the cell with ${this.magic} again.`);
      this.problem.hidden = false;
      if (!this.heard) this.task.hidden = true; // what went on when it was saved does so no more
    }, DEAF);
  }

  answered() {
    clearTimeout(this.waits);
    this.heard = true;
    this.pending = false;
    this.load();
  }

  end() {
    clearInterval(this.ticker);
    clearTimeout(this.waits);
  }
}

function show(el, view) {
  el.classList.add("jp-mlops-report", "jp-mlops-panel");
  el.dataset.lmSuppressShortcuts = "true"; // or Enter on a button would edit the notebook's cell
  // `now` changes with each message, and after it all that the message carries is there
  const load = () => queueMicrotask(() => view.answered());
  view.model.on("change:now", load);
  view.tell({ type: "hello" });
  return () => { view.model.off("change:now", load); view.end(); };
}

