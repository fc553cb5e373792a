// Last part of the widget that watches a run.

class View extends Panel {
  constructor(model, root) {
    super(model, "%watch", "cells");
    this.run = new RunView(this);
    root.append(this.problem, this.run.root);
    const tail = model.get("tail");
    this.run.draw(model.get("watched"));
    if (tail.length) this.run.hear({ key: this.run.key, lines: tail });
    this.start();
  }

  draw() {
    if (this.changed("watched")) this.run.draw(this.model.get("watched"));
  }

  setBusy() {}

  tick() {
    super.tick();
    this.run.tick();
  }

  listen() {
    if (!this.model.get("watched").over) super.listen(); // what has ended needs no kernel
  }

  end() {
    super.end();
    this.run.end();
  }
}

function render({ model, el }) {
  el.classList.add("jp-mlops-watch");
  return show(el, new View(model, el));
}

export default { render };
