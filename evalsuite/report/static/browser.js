"use strict";
// The samples: filtered, searched, listed, and shown one at a time.

const HEIGHT = 58; // pixels of a row of the list
const AROUND = 8; // rows that are drawn beyond those in sight
const BROAD = 540; // pixels of a proof, above which two do not stand side by side
const FILTERS = { series: "model", task: "task", condition: "condition", run: "run", outcome: "outcome", flaw: "flaw" }; // as an address says them
const PAUSE = 60; // ms without a key until it searches

class Browser {
  constructor(columns, words) {
    this.columns = columns;
    this.words = words;
    this.size = columns.key.length;
    this.texts = new Chunks("texts");
    this.drawings = new Chunks("drawings");
    this.places = new Map(columns.key.map((key, place) => [key, place]));
    this.held = d3.range(this.size);
    this.at = -1; // the place in `held` of what is shown
    this.last = 0; // and of what was shown last
    this.asked = 0; // how often was searched
    this.filters = Object.keys(FILTERS).map((name) => this.filter(name));
    this.started = performance.now();
    $("search").addEventListener("input", () => { this.lacks([]); clearTimeout(this.timer); this.timer = setTimeout(() => this.narrow(), PAUSE); });
    $("list").addEventListener("scroll", () => this.list(), { passive: true });
    $("list").addEventListener("keydown", (event) => this.pressed(event));
    new ResizeObserver(() => this.list()).observe($("list"));
    addEventListener("hashchange", () => this.follow());
    this.tell();
    this.list();
    this.follow();
  }

  filter(name) {
    const select = $(`by-${name}`);
    const counts = d3.rollup(this.columns[name], (held) => held.length, (value) => value);
    const options = this.words[name].map((word, place) => ({ word, place, count: counts.get(place) ?? 0 })).filter((one) => one.count && one.word !== "");
    select.append(element("option", { value: "" }, "all"), ...options.map(({ word, place, count }) => element("option", { value: place }, `${word} (${count.toLocaleString("en")})`)));
    select.addEventListener("change", () => { this.lacks([]); this.narrow(); });
    select.closest("label").hidden = options.length < (name === "flaw" ? 1 : 2);
    return { name, select };
  }

  async narrow() {
    const mine = ++this.asked;
    const began = performance.now();
    const words = $("search").value.toLowerCase();
    const wanted = this.filters.filter(({ select }) => select.value !== "").map(({ name, select }) => [this.columns[name], Number(select.value)]);
    const found = words === "" ? null : await this.texts.find(words);
    if (mine !== this.asked) return;
    const { prompt, response } = this.columns;
    const has = (place) => (response[place] >= 0 && found[response[place]]) || prompt[place].some((piece) => found[piece]);
    const kept = [];
    for (let place = 0; place < this.size; place++) {
      if (wanted.every(([column, value]) => column[place] === value) && (found === null || has(place))) kept.push(place);
    }
    const shown = this.held[this.at];
    this.held = kept;
    this.at = kept.indexOf(shown);
    this.last = Math.max(0, this.at);
    $("list").scrollTop = 0;
    this.tell();
    this.list();
    this.note();
    this.took = performance.now() - began; // measured by bench/report.py
    document.documentElement.dataset.narrowed = String(mine);
  }

  // ── what is filtered and shown, as the address says it: `#sample=1f0c…&outcome=wrong&search=P` ──

  address(key) {
    const told = new URLSearchParams(key ? { sample: key } : { samples: "" });
    for (const { name, select } of this.filters) if (select.value !== "") told.set(FILTERS[name], this.words[name][select.value]);
    if ($("search").value !== "") told.set("search", $("search").value);
    return `#${told}`.replace("#samples=", "#samples");
  }

  // After a filter: the address is another, and the way back is not longer.
  note() {
    const next = this.address(asked().get("sample"));
    if (next !== location.hash && (next !== "#samples" || isOfSamples())) history.replaceState(null, "", next);
  }

  // Sets the filters that the address says; whether they were others.
  adopt(wanted) {
    if (!isOfSamples() || location.hash === "#samples") return false; // a place in the page
    const before = this.address();
    const told = new Map(wanted);
    if (told.has("series")) told.set("model", told.get("series")); // as it was called once
    const missing = [];
    for (const { name, select } of this.filters) {
      const word = told.get(FILTERS[name]);
      const place = this.words[name].indexOf(word);
      select.value = place < 0 ? "" : String(place);
      if (select.selectedIndex < 0) select.value = "";
      if (word && select.value === "") missing.push(`${FILTERS[name]} “${harmless(word)}”`);
    }
    const known = new Set(["samples", "sample", "search", "series", ...Object.values(FILTERS)]);
    missing.push(...[...told.keys()].filter((name) => name && !known.has(name)).map((name) => `filter “${harmless(name)}”`));
    $("search").value = told.get("search") ?? "";
    this.lacks(missing);
    return this.address() !== before;
  }

  // Says which filters of the address are left out.
  lacks(missing) {
    $("lacks").hidden = !missing.length;
    $("lacks").textContent = missing.length ? `This report has no such ${missing.join(", no such ")}.` : "";
  }

  tell() {
    const [held, all] = [this.held.length, this.size].map((count) => count.toLocaleString("en"));
    $("count").textContent = this.held.length === this.size ? `${all} in all` : `${held} of ${all}`;
  }

  // ── the list ──

  list() {
    const box = $("list");
    const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - AROUND);
    const last = Math.min(this.held.length, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + AROUND);
    const rows = $("rows");
    rows.style.height = `${Math.max(1, this.held.length) * HEIGHT}px`;
    const made = this.held.slice(first, last).map((place, index) => this.row(place, first + index));
    box.setAttribute("role", made.length ? "listbox" : "group"); // a list of options has options
    rows.replaceChildren(...(made.length ? made : [element("p", { class: "nothing" }, "Nothing matches.")]));
    if (this.at >= first && this.at < last) box.setAttribute("aria-activedescendant", `row-${this.at}`);
    else box.removeAttribute("aria-activedescendant");
  }

  row(place, index) {
    const { columns, words } = this;
    const outcome = words.outcome[columns.outcome[place]];
    const made = element("div", { class: "row", role: "option", id: `row-${index}`, "aria-selected": String(index === this.at), "aria-setsize": this.held.length, "aria-posinset": index + 1 },
      element("span", { class: `pill ${outcome.replace(" ", "-")}` }, outcome),
      element("span", { class: "what" }, `${words.task[columns.task[place]]} ${columns.instance[place]}`),
      element("span", { class: "who" }, `${words.series[columns.series[place]]} · ${words.condition[columns.condition[place]]}`));
    made.style.top = `${index * HEIGHT}px`;
    made.addEventListener("click", () => this.open(index));
    return made;
  }

  pressed(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.step(steps[event.key]);
  }

  step(by) {
    if (!this.held.length) return;
    const next = this.at < 0 ? this.last : this.at + by;
    this.open(Math.max(0, Math.min(this.held.length - 1, next)));
  }

  // ── one sample ──

  open(index) {
    location.hash = this.address(this.columns.key[this.held[index]]);
  }

  close() {
    history.replaceState(null, "", this.address());
    this.follow();
    $("list").focus({ preventScroll: true });
  }

  async follow() {
    if (this.adopt(asked())) await this.narrow();
    const here = $("samples").getBoundingClientRect();
    if (isOfSamples() && (here.top > innerHeight || here.bottom < 0)) $("samples").scrollIntoView();
    const key = asked().get("sample");
    const place = this.places.get(key);
    $("panes").classList.toggle("open", place !== undefined);
    if (place === undefined) {
      this.at = -1;
      $("detail").replaceChildren(key === null
        ? element("p", { class: "nothing" }, "Choose a sample: its prompt, its response, how it was read and scored, and its proof will stand here.")
        : element("p", { class: "nothing" }, "This report has no such sample."));
      this.list();
      return;
    }
    if (this.held[this.at] !== place) this.at = this.held.indexOf(place);
    this.last = Math.max(0, this.at);
    const box = $("list");
    const top = this.at * HEIGHT;
    if (this.at >= 0 && (top < box.scrollTop || top + HEIGHT > box.scrollTop + box.clientHeight)) box.scrollTop = top - box.clientHeight / 3;
    this.list();
    this.show(place);
  }

  value(name, place) {
    return this.words[name][this.columns[name][place]];
  }

  async show(place) {
    const mine = (this.showing = {});
    const { columns } = this;
    const text = (at) => (at < 0 ? null : this.texts.at(at));
    const drawing = async (at) => (at < 0 ? null : JSON.parse(await this.drawings.at(at)));
    const [prompt, response, certificate, goldText, drawnProof, goldProof] = await Promise.all([
      Promise.all(columns.prompt[place].map((at) => this.texts.at(at))),
      text(columns.response[place]), text(columns.certificate[place]), text(columns.gold_certificate[place]),
      drawing(columns.drawing[place]), drawing(columns.gold_drawing[place]),
    ]);
    if (mine !== this.showing) return;
    const outcome = this.value("outcome", place);
    const detail = $("detail");
    detail.replaceChildren(...[
      element("div", { class: "title" },
        element("h3", {}, `${this.value("task", place)} ${columns.instance[place]}`),
        element("span", { class: `pill ${outcome.replace(" ", "-")}` }, outcome), element("span", { class: "grow" }),
        button("Previous", () => this.step(-1)), button("Next", () => this.step(1)), button("Close", () => this.close(), { class: "close" })),
      element("p", { class: "who" }, `${this.value("series", place)} · ${this.value("condition", place)} · rung ${this.value("rung", place)}${this.words.run.length > 1 ? ` · run ${this.value("run", place)}` : ""}`),
      this.reading(place),
      this.scores(place),
      this.proofs(place, drawnProof, goldProof, certificate, goldText),
      response === null ? null : part("Response", block("Response", written(response)), columns.cut[place] ? "It ended at its limit of tokens." : null),
      part("Prompt as sent", block("Prompt as sent", written(prompt.join(""), true)),
        columns.dropped[place] ? `${columns.dropped[place]} shots did not fit and were left out.` : null),
    ].filter(Boolean));
    detail.scrollTop = 0;
    detail.dataset.key = columns.key[place];
  }

  reading(place) {
    const { columns } = this;
    const labels = this.value("labels", place);
    const verdict = columns.verdict[place];
    const [note, flaw, line] = [this.value("note", place), this.value("flaw", place), columns.line[place]];
    const open = labels.length === 1;
    const facts = [
      open ? null : ["gold", labels[columns.gold[place]]],
      open ? null : ["read as", verdict < 0 ? "nothing" : labels[verdict]],
      flaw ? ["first error", line > 0 ? `${flaw}, line ${line}` : flaw] : null,
      note ? [flaw ? "why" : "how it was read", note] : null,
      this.value("vote", place) ? ["vote", this.value("vote", place)] : null,
    ].filter(Boolean);
    return element("dl", { class: "reading" }, ...facts.map(([name, value]) => element("div", { class: name === "first error" || name === "why" ? "fault" : null }, element("dt", {}, name), element("dd", {}, written(value)))));
  }

  scores(place) {
    const values = this.columns.values[place];
    if (!values.length) return null;
    const labels = this.value("labels", place);
    const shares = this.columns.shares[place];
    return part("Scores of the choices", element("div", { class: "choices" }, ...values.map((value, at) => {
      const share = shares[at]; // there is none where a score is no number
      return element("div", { class: at === this.columns.gold[place] ? "choice gold" : "choice" },
        element("span", { class: "name" }, labels[at] ?? String(at), at === this.columns.gold[place] ? element("small", {}, " gold") : null),
        drawn("svg", { class: "meter", width: 120, height: 10, "aria-hidden": "true" }, drawn("rect", { class: "track", width: 120, height: 10, rx: 5 }), drawn("rect", { class: "fill", width: 120 * (share ?? 0), height: 10, rx: 5 })),
        element("span", { class: "number" }, share === undefined ? "" : `${(100 * share).toFixed(1)} %`), element("small", {}, value === null ? "not a number" : value.toFixed(3)));
    })), shares.length ? "Share of the likelihood, and the log-likelihood." : "The log-likelihood.");
  }

  proofs(place, mine, gold, certificate, goldText) {
    if (certificate === null && goldText === null) return null;
    const wrong = this.value("flaw", place) ? this.value("note", place) : "";
    const cause = this.columns.line[place] > 0 ? "First wrong step: " : "What is wrong: ";
    const pane = (title, made, text, fault) => {
      const picture = made && drawnOrNot(made, { title, wrong: fault });
      return element("div", { class: "pane" }, element("h4", {}, title),
        picture && element("div", { class: "canvas", tabindex: "0", role: "group", "aria-label": title }, picture),
        fault && picture ? element("p", { class: "because" }, element("strong", {}, cause), written(fault)) : null,
        text === null ? element("p", { class: "nothing" }, "There is none.")
          : picture === null ? block(title, written(text))
            : element("details", {}, element("summary", {}, "As text"), block(`${title}, as text`, written(text))));
    };
    const box = element("div", { class: "proofs" }, pane("The model’s certificate", mine, certificate, wrong), goldText === null ? null : pane("The gold certificate", gold, goldText, ""));
    box.classList.toggle("broad", [...box.querySelectorAll(".proof")].some((one) => Number(one.getAttribute("width")) > BROAD));
    return part("Certificate", box);
  }
}

const asked = () => new URLSearchParams(location.hash.slice(1));
// A word of an address, with nothing hidden in it.
const harmless = (word) => { const shown = word.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "�"); return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown; };
const isOfSamples = () => /^#samples?(?:[=&]|$)/.test(location.hash);

// What cannot be laid out stands there as text.
function drawnOrNot(made, told) {
  try {
    return proof(made, told);
  } catch {
    return null;
  }
}

// A text that can be scrolled by keys.
function block(label, content) {
  return element("pre", { tabindex: "0", role: "group", "aria-label": label }, content);
}

function part(title, content, note = null) {
  return element("section", { class: "part" }, element("h4", { class: "part-title" }, title), note ? element("p", { class: "note" }, note) : null, content);
}
