// Fourth part of the promotion panel: what changed against the champion, and the ledger.

const HEADS = ["#", "When (UTC)", "Action", "Version", "Who", "Reason"];

function plural(number, what) {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}

function fold(key, title, told, ...content) {
  return h("details", { "data-fold": key, class: "fold" },
    h("summary", { "data-key": key }, title, " ", h("span", { class: "quiet" }, told)), ...content);
}

function codeLine(line) {
  const kind = { "+": "added", "-": "removed", "@": "place" }[line[0]] ?? "";
  return h("span", { class: `line ${kind}` }, `${line}\n`);
}

function codeCell(cell) {
  const title = `${cell.title} · ${cell.what}`;
  const lines = cell.lines.filter((line) => !/^(---|\+\+\+) ?/.test(line) || /^(---|\+\+\+)\S/.test(line));
  return h("section", { class: "code", "aria-label": title }, h("h5", {}, title),
    h("pre", { tabindex: "0", role: "region", "aria-label": `Difference of ${cell.title}` }, lines.map(codeLine)));
}

function metricText({ difference, word, kind }) {
  if (!word && !difference) return null;
  const sign = { better: "▲", worse: "▼", same: "=" }[word];
  return h("span", { class: `difference ${kind}` }, [sign, difference, word].filter(Boolean).join(" "));
}

function differences(part, champion, version) {
  const head = ["", `champion ${champion}`, `version ${version}`];
  const told = part.title === "Metrics", kind = { class: told ? "number" : "" };
  const row = (one) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, one.name)),
    [one.left, one.right].map((side) => h("td", kind, side || h("span", { class: "quiet" }, "none"))),
    told ? h("td", {}, one.metric && metricText(one.metric)) : null);
  return h("div", { class: "scroll" }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col", ...kind }, text)), told ? h("td") : null)),
    h("tbody", {}, part.rows.map(row))));
}

function changesOf(detail, champion) {
  const { changes, version } = detail;
  if (!changes.known) return changes.notes.map((note) => h("p", { class: "quiet" }, note));
  const same = [], folds = [];
  if (changes.cells.length) {
    folds.push(fold("code", "Code", plural(changes.cells.length, "cell"), changes.cells.map(codeCell)));
  } else if (changes.code_known) same.push("code");
  for (const part of changes.parts) {
    if (!part.rows.length) same.push(part.title.toLowerCase());
    else folds.push(fold(`changed ${part.title}`, part.title, plural(part.rows.length, "difference"),
      differences(part, champion, version)));
  }
  const notes = [...changes.notes, same.length ? `No difference: ${same.join(", ")}.` : ""];
  return [...folds, ...notes.filter(Boolean).map((note) => h("p", { class: "quiet" }, note))];
}

function entryRow(entry) {
  const over = entry.overridden.length ? `in spite of: ${entry.overridden.join("; ")}` : "";
  const reason = [entry.reason, over].filter(Boolean).join(" — ");
  const sign = entry.red ? h("span", { "aria-hidden": "true" }, "⚠ ") : null;
  const action = [sign, entry.action].filter(Boolean);
  const cells = [entry.number, entry.when, action, entry.version, entry.who, reason];
  return h("tr", { class: entry.red ? "red" : "", title: entry.hash },
    cells.map((cell, place) => h("td", { class: place === HEADS.length - 1 ? "wide" : "" }, cell)));
}

function ledgerTable({ entries, count }) {
  if (!entries.length) return h("p", { class: "quiet" }, "Nothing was decided yet.");
  const more = count - entries.length;
  const told = `and ${more.toLocaleString("en")} older`;
  const older = h("tr", {}, h("td", { colspan: HEADS.length, class: "quiet" }, told));
  return h("table", {}, h("thead", {}, h("tr", {}, HEADS.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, entries.map(entryRow), more > 0 ? older : null));
}

function ledgerVerdict({ findings, count, head }) {
  if (findings === null) return null;
  if (!findings.length) {
    const whole = `The chain of ${count === 1 ? "1 entry" : `${count.toLocaleString("en")} entries`} is whole`;
    return h("p", { class: "found good" }, signOf("✓", "good"), ` ${whole}${head ? `; its head is ${head}` : ""}.`);
  }
  return h("ul", { class: "found bad" }, findings.map((line) => h("li", {}, signOf("✗", "bad"), ` ${line}`)));
}

