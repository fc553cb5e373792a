// Third part of the promotion panel: the gates of one version, and what can be done with it.

const REASON_MOST = 1000; // characters

function gateRow(gate) {
  const turns = gate.judging;
  const sign = turns ? signOf("◌", "turning") : signOf(gate.sign, gate.kind);
  const state = h("span", { class: `state ${turns ? "plain" : gate.kind}` }, turns ? "being judged" : gate.state);
  const told = [gateName(gate), gate.message ? h("span", { class: "message" }, gate.message) : null];
  return h("li", {}, sign, state, gateEvidence(gate, told) ?? h("div", { class: "gate-body" }, told));
}

function gateName({ name, place, implied }) {
  const badge = { class: "badge", title: "It stands in no mlops.yaml: it holds for every such version" };
  return h("span", { class: "gate-name" }, h("bdi", { title: place || null }, name),
    implied ? h("span", badge, "implied") : null);
}

// What it was judged by, behind its name.
function gateEvidence(gate, told) {
  const facts = [...gate.evidence, { name: "judged", value: gate.judged }, { name: "took", value: gate.took }]
    .filter(({ value }) => value);
  if (!facts.length && !gate.details.length) return null;
  const pairs = facts.flatMap(({ name, value, whole }) =>
    [h("dt", {}, name), h("dd", { title: whole && whole !== value ? whole : null }, value)]);
  const lines = gate.details.map((line) => h("li", {}, line));
  return h("details", { class: "gate-body", "data-fold": `gate ${gate.name}` },
    h("summary", { "data-key": `gate ${gate.name}`, title: "Its evidence" }, told),
    lines.length ? h("ul", { class: "lines" }, lines) : null, h("dl", {}, pairs));
}

// A question with a line of text, opened by a button, which gets the focus back.
class Question {
  constructor(opener, { text, label, verb, needed, kind }, ask) {
    this.opener = opener;
    this.needed = needed;
    this.text = h("p", {}, text);
    this.input = h("input", {
      type: "text", "aria-label": label, placeholder: label, maxlength: REASON_MOST, spellcheck: "true",
      oninput: () => this.check(), onkeydown: (event) => this.key(event),
    });
    this.yes = button(verb, () => this.submit(), { class: kind });
    this.no = button("Cancel", () => this.close());
    this.ask = ask;
    this.root = h("div", { class: "question", role: "group", "aria-label": label, hidden: true },
      this.text, h("div", { class: "bar" }, this.input, this.yes, this.no));
    this.check();
  }

  get isOpen() { return !this.root.hidden; }

  open() {
    this.root.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.input.focus();
  }

  close() {
    if (!this.isOpen) return;
    const inside = this.root.contains(this.root.getRootNode().activeElement);
    this.root.hidden = true;
    this.input.value = "";
    this.opener.setAttribute("aria-expanded", "false");
    this.check();
    if (inside) this.opener.focus();
  }

  check() {
    this.yes.disabled = this.busy || (this.needed && !this.input.value.trim());
    this.yes.title = this.yes.disabled && !this.busy ? "Type a reason first" : "";
  }

  setBusy(busy) {
    this.busy = busy;
    this.check();
  }

  key(event) {
    if (event.key === "Escape") this.close();
    if (event.key === "Enter" && !this.yes.disabled) this.submit();
  }

  submit() {
    const reason = this.input.value.trim();
    this.close();
    this.ask(reason);
  }
}

let panels = 0;

class Actions {
  constructor(send) {
    this.send = send;
    const id = `jp-mlops-promotion-${(panels += 1)}-${Date.now()}`;
    this.whyId = `${id}-why`;
    const opens = (question) => () => (question().isOpen ? question().close() : this.only(question()));
    this.promote = button("Promote", () => this.act("promote", this.reason.value.trim()),
      { class: "primary", "aria-describedby": this.whyId });
    this.approve = button("Approve", () => this.act("approve", this.reason.value.trim()));
    this.reject = button("Reject …", opens(() => this.rejecting), { "aria-expanded": "false" });
    this.back = button("Roll back …", opens(() => this.returning), { "aria-expanded": "false" });
    this.judge = button("Judge gates", () => this.act("judge", ""));
    this.reason = h("input", {
      type: "text", class: "reason", "aria-label": "Reason for Promote or Approve, optional",
      placeholder: "Reason (optional, kept in the ledger)", maxlength: REASON_MOST,
    });
    this.why = h("p", { class: "why", id: this.whyId });
    this.rejecting = new Question(this.reject, {
      text: "", label: "Reason for the rejection (needed)", verb: "Reject", needed: true, kind: "danger",
    }, (reason) => this.act("reject", reason));
    this.returning = new Question(this.back, {
      text: "", label: "Reason for rolling back (optional)", verb: "Roll back", needed: false, kind: "danger",
    }, (reason) => this.act("rollback", reason));
    this.buildOverride();
    this.root = h("div", { class: "actions" },
      h("div", { class: "bar" }, this.promote, this.reason, this.approve, this.reject, this.back, this.judge),
      this.why, this.rejecting.root, this.returning.root, this.override);
  }

  buildOverride() {
    this.overSummary = h("summary", {}, "promote in spite of this …");
    this.overriding = new Question(this.overSummary, {
      text: "", label: "Reason for the override (needed)", verb: "Override and promote", needed: true, kind: "danger",
    }, (reason) => { this.override.open = false; this.act("override", reason); });
    this.overriding.root.hidden = false;
    this.overriding.no.hidden = true;
    this.overriding.close = () => { this.overriding.input.value = ""; this.overriding.check(); };
    this.override = h("details", { class: "override" }, this.overSummary, this.overriding.root);
  }

  only(question) {
    for (const one of [this.rejecting, this.returning]) if (one !== question) one.close();
    question.open();
  }

  act(type, reason) {
    this.send({ type, version: this.version, reason });
  }

  // It was said, and is in the ledger.
  done() {
    this.reason.value = "";
  }

  // Another version: what was typed for the one before must not be said of it.
  draw(detail, overview, label) {
    const itself = detail.version === overview.champion.version;
    if (this.version !== detail.version) {
      this.version = detail.version;
      this.reason.value = "";
      for (const one of [this.rejecting, this.returning, this.overriding]) one.close();
      this.override.open = false;
    }
    this.blocked = detail.why;
    this.backTo = overview.back;
    say(this.promote, `Promote to ${overview.alias}`);
    say(this.why, detail.why);
    this.why.className = detail.closed ? "why bad" : "why";
    this.judge.className = detail.why && !detail.closed && !itself ? "primary" : "";
    this.why.hidden = !detail.why;
    this.promote.title = detail.why;
    this.override.hidden = !detail.closed;
    say(this.rejecting.text, `${label} is not to become the ${overview.alias}. Why?`);
    const { alias, champion, back } = overview;
    say(this.returning.text, `${alias} goes back from version ${champion.version} to ${back}. Sure?`);
    say(this.overriding.text, `${label} becomes the ${alias} although not all gates are open. `
      + "That shows in red ever after.");
    this.back.title = overview.back ? `To version ${overview.back}` : "There is no version to go back to";
    this.setBusy(this.busy);
  }

  setBusy(busy) {
    this.busy = busy;
    this.promote.disabled = busy || Boolean(this.blocked);
    for (const one of [this.approve, this.reject, this.judge]) one.disabled = busy;
    this.back.disabled = busy || !this.backTo;
    for (const one of [this.rejecting, this.returning, this.overriding]) one.setBusy(busy);
  }
}

