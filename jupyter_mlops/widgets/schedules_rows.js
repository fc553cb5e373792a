// Fourth part of the panel of schedules: its table, and what a row opens to.

const HEADS = ["Name", "What runs", "When", "Next", "Last", ""];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function two(number) {
  return String(number).padStart(2, "0");
}

// A moment on this machine's clock, as short as it is clear.
function local(moment, now) {
  const at = new Date(moment), today = new Date(now);
  const day = (one) => new Date(one.getFullYear(), one.getMonth(), one.getDate()).getTime();
  const days = Math.round((day(at) - day(today)) / 86400e3);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (days === 0) return time;
  if (days === 1) return `tomorrow ${time}`;
  if (days === -1) return `yesterday ${time}`;
  if (days > 1 && days < 7) return `${DAYS[at.getDay()]} ${time}`;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

function whole(moment) {
  const at = new Date(moment);
  return `${at.toLocaleString()} (${at.toISOString().replace("T", " ").slice(0, 19)} UTC)`;
}

function span(milliseconds) {
  const minutes = Math.floor(milliseconds / 60e3), hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${Math.floor(milliseconds / 1000)} s`;
  if (hours < 1) return `${minutes} min`;
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

function away(moment, now) {
  if (moment == null) return "";
  return moment > now ? `in ${span(moment - now)}` : `${span(now - moment)} ago`;
}

function timeOf(moment, now) {
  return h("time", { title: whole(moment), datetime: new Date(moment).toISOString() }, local(moment, now));
}

function nextOf(row, now) {
  if (row.paused) return h("span", { class: "badge unsure", title: row.paused }, "paused");
  const late = row.late ? h("span", { class: "badge red" }, "late")
    : row.waiting ? h("span", { class: "badge", title: "slots whose turn has not come yet" }, `${row.waiting} waiting`) : null;
  if (row.running) return [late, h("span", { class: "state brand" }, signOf("▶", "brand"), " runs now")];
  if (row.next == null) return [late, h("span", { class: "quiet" }, row.event ? "on its event" : "never again")];
  return [late, timeOf(row.next, now),
    h("div", { class: "quiet digits", "data-moment": row.next }, away(row.next, now))];
}

function runButton(run, name, panel) {
  if (!run) return null;
  return button(run.slice(0, 8), () => panel.watch(run),
    { class: "run", "data-key": `run ${name} ${run}`, title: `Run ${run}: its cells and its log`,
      "aria-label": `Watch run ${run.slice(0, 8)}` });
}

function outcomeOf(slot) {
  return [signOf(slot.sign, slot.kind), " ", h("span", { class: `state ${slot.kind}`, title: slot.why || null }, slot.word)];
}

function lastOf(row, panel, now) {
  const { last } = row;
  if (!last) return h("span", { class: "quiet" }, "never yet");
  return [h("div", { class: "digits" }, outcomeOf(last), " ", runButton(last.run, row.name, panel)),
    h("div", { class: "quiet digits", "data-moment": last.due }, away(last.due, now))];
}

function whenOf(row) {
  const written = row.written
    ? h("div", { class: "digits" }, h("code", {}, row.written), h("span", { class: "quiet" }, ` ${row.timezone}`)) : null;
  return [h("bdi", {}, row.when), written];
}

function actionsOf(row, panel) {
  const { name } = row;
  const act = (label, type, attributes = {}) => button(label, () => panel.ask({ type, name }),
    { "data-key": `${type} ${name}`, "aria-label": `${label}: ${name}`, "aria-disabled": String(panel.isBusy), ...attributes });
  if (panel.removing === name) {
    const close = () => panel.remove("", name);
    return h("span", { class: "sure", role: "group", "aria-label": `Remove ${name}`,
      onkeydown: (event) => { if (event.key === "Escape") close(); } },
    act("Remove it", "remove", { class: "danger" }),
    button("Keep", close, { "data-key": `keep ${name}`, "aria-label": `Keep ${name}` }));
  }
  const remove = button("Remove …", () => panel.remove(name, name),
    { "data-key": `remove ${name}`, "aria-label": `Remove ${name} …`, "aria-disabled": String(panel.isBusy) });
  const pauses = { "data-key": `pause ${name}` }; // where the one was, the focus goes to the other
  return [row.paused ? act("Resume", "resume", pauses) : act("Pause", "pause", pauses), act("Run now", "run"),
    row.removable ? remove : null];
}

function rowsOf(row, details, panel, now) {
  const open = panel.opened === row.name;
  const name = button([h("span", { "aria-hidden": "true" }, open ? "▾ " : "▸ "), row.name], () => panel.open(row.name),
    { class: "name", "data-key": `open ${row.name}`, "aria-expanded": String(open), title: `Slots of ${row.name}` });
  const note = row.note ? h("div", { class: "state bad" }, signOf("⚠", "bad"), ` ${row.note}`) : null;
  const cells = [name, [h("bdi", {}, row.what), note], whenOf(row), nextOf(row, now),
    lastOf(row, panel, now), actionsOf(row, panel)];
  const styles = ["digits", "", "", "digits", "digits", "actions"];
  const line = h("tr", { class: [open && "chosen", row.paused && "paused"].filter(Boolean).join(" ") },
    cells.map((cell, place) => h("td", { class: styles[place] }, cell)));
  if (!open) return [line];
  const inside = details.name === row.name ? detailsOf(details, panel, now) : h("p", { class: "quiet" }, "reading …");
  return [line, h("tr", { class: "details" }, h("td", { colspan: HEADS.length }, inside))];
}

function detailsOf(details, panel, now) {
  const { slots, upcoming, total, name } = details;
  const times = upcoming.length
    ? h("ol", {}, upcoming.map((moment) => h("li", { class: "digits" }, timeOf(moment, now))))
    : h("p", { class: "quiet" }, "No time is told by the clock.");
  const head = h("tr", {}, ["Due", "Because of", "Outcome", "Took", "Why", "Run"].map((title) => h("th", { scope: "col" }, title)));
  const table = slots.length
    ? h("table", {}, h("thead", {}, head), h("tbody", {}, slots.map((slot) => slotRow(slot, name, panel, now))))
    : h("p", { class: "quiet" }, "It had no slot yet.");
  const more = total > slots.length ? h("p", { class: "quiet" }, `the newest ${slots.length} of ${total.toLocaleString("en")}`) : null;
  return h("div", { class: "inside" },
    h("section", { class: "slots", "aria-label": `Slots of ${name}` }, h("h4", {}, "Slots"), table, more),
    h("section", { "aria-label": `Next times of ${name}` }, h("h4", {}, "Next"), times));
}

function slotRow(slot, name, panel, now) {
  const again = slot.attempt > 1 ? h("span", { class: "quiet" }, ` try ${slot.attempt}`) : null;
  const how = slot.who ? `${slot.how}, ${slot.who}` : slot.how;
  return h("tr", {}, h("td", { class: "digits" }, timeOf(slot.due, now)), h("td", {}, how),
    h("td", { class: "digits" }, outcomeOf(slot), again), h("td", { class: "digits" }, slot.seconds == null ? "" : shortly(slot.seconds)),
    h("td", { class: "why" }, slot.why), h("td", { class: "digits" }, runButton(slot.run, `slot ${name}`, panel)));
}

