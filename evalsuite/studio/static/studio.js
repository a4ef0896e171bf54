// Everything that is shown is put in as text: a template is untrusted, and so is what it writes.

const token = location.pathname.split("/")[1];
const $ = (name) => document.getElementById(name);
const editor = $("source");
const PAUSE = 200; // ms without a key until the prompt is rendered
const SCORE_PAUSE = 500; // and until the model is asked
const RETRY = 1500;

let start = null; // what the studio was opened with
let source = null; // the file as it was last read: path, text, digest, writable
let at = null; // of which template and language that is
let lookAbort = null;
let lookTimer = 0;
let scoreAbort = null;
let scoreTimer = 0;
let listenAbort = null;
let shownView = null;

// ── asking ──────────────────────────────────────────────────────────────────────────────────────

class Refused extends Error {
  constructor(status, answer) {
    super(answer.message ?? `HTTP status ${status}`);
    this.status = status;
    this.hint = answer.hint ?? null;
  }
}

async function ask(path, body, signal) {
  const headers = { "x-studio-token": token };
  const options = { headers, signal, cache: "no-store" };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  }
  const answer = await fetch(`/api/${path}`, options);
  const value = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, value);
  return value;
}

function where() {
  return { template: $("template").value, language: $("language").value };
}

function asked() {
  return {
    ...where(),
    form: $("form").value,
    k: whole($("k")),
    labels: $("labels").value,
    index: whole($("index")),
    description: $("description").checked,
    text: changed() ? editor.value : null,
  };
}

function whole(input) {
  const value = Number.parseInt(input.value, 10) || 0;
  return Math.min(Math.max(value, Number(input.min)), Number(input.max));
}

function changed() {
  return source !== null && editor.value !== source.text;
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────

function make(tag, { text, ...properties } = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...inside);
  return made;
}

// Letters that would not be seen, or would turn the text around them.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function visible(text) {
  return text.replace(HIDDEN, (letter) => {
    const code = letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}⟩`;
  });
}

// Names stand in backticks.
function prose(text) {
  return visible(text).split(/`([^`]*)`/).map((piece, place) =>
    place % 2 ? make("code", { text: piece }) : piece,
  );
}

function spaced(text) {
  const seen = visible(text);
  if (!$("spaces").checked) return seen;
  return seen.replaceAll(" ", "·").replaceAll("\t", "→\t").replaceAll("\n", "↵\n");
}

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").className = isError ? "error" : "";
}

function showSource() {
  $("path").textContent = visible(source.path);
  editor.readOnly = !source.writable;
  showState();
  showGutter();
}

function showState() {
  const state = $("state");
  $("save").disabled = !source.writable || !changed();
  state.className = "pill";
  if (!source.writable) {
    state.textContent = "read-only";
    state.title = "A copy in a folder that is given with --prompts can be changed here.";
  } else if (changed()) {
    state.textContent = "not saved";
    state.className = "pill note";
    state.title = "";
  } else {
    state.textContent = "saved";
    state.title = "";
  }
}

function showGutter() {
  const lines = editor.value.split("\n").length;
  const marks = new Map();
  for (const { line, severity } of marked()) {
    if (marks.get(line) !== "error") marks.set(line, severity);
  }
  $("gutter").replaceChildren(
    ...Array.from({ length: lines }, (_, place) =>
      make("div", { text: String(place + 1), className: marks.get(place + 1) ?? "" }),
    ),
  );
  $("gutter").scrollTop = editor.scrollTop;
}

function marked() {
  if (shownView === null) return [];
  const { problem, findings } = shownView;
  return problem?.line && findings.length === 0 ? [...findings, { line: problem.line, severity: "error" }] : findings;
}

function show(view) {
  shownView = view;
  showProblem(view);
  $("prompt").classList.toggle("stale", view.preview === null);
  if (view.preview !== null) showPreview(view.preview);
  showFindings(view);
  showAnswers(view, null);
  showGutter();
}

function showProblem({ problem, findings }) {
  const bar = $("problem");
  bar.hidden = problem === null;
  if (problem === null) return bar.replaceChildren();
  bar.replaceChildren(make("span", {}, ...prose(problem.message)));
  if (findings.length > 0) return; // which say the same
  if (problem.line) bar.append(jump(problem.line));
  if (problem.hint) bar.append(make("span", { className: "hint" }, ...prose(problem.hint)));
}

function showPreview(preview) {
  const spans = preview.parts.map((part) => {
    const size = part.tokens === null ? "" : `, ${part.tokens} tokens`;
    const text = part.text === "" && part.name ? `⟨${part.name}⟩` : spaced(part.text);
    return make("span", { className: part.kind, title: `${part.kind}${size}`, text });
  });
  const kinds = new Set(preview.parts.map((part) => part.kind));
  for (const item of $("legend").children) item.hidden = !kinds.has(item.className);
  const given = preview.parts.reduce((sum, part) => sum + part.text.length, 0);
  if (given < preview.length) spans.push(make("em", { text: "\n… the rest is not shown" }));
  $("prompt").replaceChildren(...spans);
  const count = preview.tokens === null ? `${preview.length} characters` : `${preview.tokens} tokens`;
  const room = preview.room === null ? "" : `, room for ${preview.room} more`;
  const dropped = preview.dropped ? `, ${preview.dropped} shots dropped` : "";
  $("count").textContent = count + room + dropped;
}

function showFindings({ findings, problem, preview }) {
  const errors = findings.filter((one) => one.severity === "error").length;
  const notes = findings.length - errors;
  const tally = $("tally");
  const unchecked = problem !== null && findings.length === 0;
  tally.textContent = unchecked ? "" : [
    errors ? `${errors} ${errors === 1 ? "error" : "errors"}` : "",
    notes ? `${notes} ${notes === 1 ? "note" : "notes"}` : "",
  ].filter(Boolean).join(", ");
  tally.className = errors ? "pill error" : "pill note";
  const items = findings.map((one) =>
    make("li", { className: one.severity },
      jump(one.line),
      make("span", { className: "kind", text: one.kind }),
      " ",
      ...prose(one.message),
      ...(one.hint ? [make("p", { className: "hint" }, ...prose(one.hint))] : []),
    ),
  );
  if (items.length === 0) {
    const text = unchecked ? "Not checked: it cannot be rendered." : "Nothing found.";
    items.push(make("li", { className: unchecked ? "note" : "none", text }));
  }
  $("findings").replaceChildren(...items);
}

function jump(line) {
  const button = make("button", { type: "button", text: `line ${line}` });
  button.addEventListener("click", () => goTo(line));
  return button;
}

function goTo(line) {
  const lines = editor.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  editor.focus();
  editor.setSelectionRange(from, from + (lines[line - 1] ?? "").length);
  const height = editor.scrollHeight / lines.length;
  editor.scrollTop = Math.max(0, (line - 5) * height);
}

function showAnswers(view, scores) {
  if (view.preview === null) {
    $("answers").replaceChildren();
    $("columns").replaceChildren();
    $("scoring").textContent = "";
    return;
  }
  const { choices, gold } = view.preview;
  const counted = choices.some((one) => one.tokens !== null);
  const names = ["answer"];
  if (counted) names.push("tokens");
  if (view.scored) names.push("log-lik.", "p", "share");
  const head = names.map((text, place) =>
    make("th", { scope: "col", text, className: place ? "number" : "" }),
  );
  $("columns").replaceChildren(make("tr", {}, ...head));
  const rows = choices.map((one, place) => {
    const text = make("td", { className: "text", text: spaced(one.text) });
    if (place === gold) text.append(" ", make("span", { className: "pill good", text: "✓ gold" }));
    const cells = [text];
    if (counted) cells.push(number(String(one.tokens)));
    if (view.scored) cells.push(...scored(scores?.[place]));
    return make("tr", {}, ...cells);
  });
  $("answers").replaceChildren(...rows);
  $("scoring").textContent = view.unscored
    ? `No scores: ${visible(view.unscored)}.`
    : view.scored && scores === null
      ? `${start.model} is asked …`
      : view.scored ? "share: of the probability that all answers have" : "";
}

function scored(score) {
  if (!score) return [number("…"), number("…"), number("…")];
  const { log_likelihood: value, probability, share } = score;
  const bar = make("meter", { min: 0, max: 1, value: share });
  bar.setAttribute("aria-label", "share");
  const last = number(`${(100 * share).toFixed(1)} %`);
  last.classList.add("share");
  last.append(bar);
  return [number(value.toFixed(3)), number(probability.toPrecision(3)), last];
}

function number(text) {
  return make("td", { className: "number", text });
}

// ── keeping up ──────────────────────────────────────────────────────────────────────────────────

function soon(pause = PAUSE) {
  clearTimeout(lookTimer);
  clearTimeout(scoreTimer);
  scoreAbort?.abort();
  lookTimer = setTimeout(look, pause);
}

async function look() {
  lookAbort?.abort();
  lookAbort = new AbortController();
  const mine = lookAbort;
  $("labels").disabled = whole($("k")) === 0;
  const patience = setTimeout(() => say("rendering …"), 400);
  try {
    const view = await ask("look", asked(), mine.signal);
    if (mine !== lookAbort) return;
    if (view.pending) {
      say(view.problem.message);
      $("prompt").classList.add("stale");
      return soon(RETRY);
    }
    show(view);
    say("");
    if (view.scored) scoreTimer = setTimeout(() => score(view), SCORE_PAUSE);
  } catch (error) {
    if (mine !== lookAbort || error.name === "AbortError") return;
    if (error.status === 429) return soon(RETRY);
    failed(error);
  } finally {
    clearTimeout(patience);
  }
}

async function score(view) {
  scoreAbort = new AbortController();
  try {
    const { scores } = await ask("scores", asked(), scoreAbort.signal);
    if (view === shownView && scores !== null) showAnswers(view, scores);
  } catch (error) {
    if (error.name === "AbortError" || view !== shownView) return;
    if (error.status === 429) scoreTimer = setTimeout(() => score(view), RETRY);
    else $("scoring").textContent = `No scores: ${visible(error.message)}`;
  }
}

function failed(error) {
  if (error instanceof Refused) {
    show({ preview: null, findings: [], scored: false, unscored: null,
      problem: { message: error.message, hint: error.hint, line: null } });
    say("");
  } else {
    say("The studio does not answer: has it ended?", true);
  }
}

// The file, as it is now; what was typed stays.
async function reread() {
  let now;
  try {
    now = await ask("source", where());
  } catch (error) {
    return failed(error);
  }
  const other = source === null || now.path !== source.path;
  if (other || now.digest !== source.digest) {
    if (!other && changed() && editor.value !== now.text) {
      $("conflict").hidden = false;
      showState();
      return;
    }
    adopt(now);
  }
  showSource();
  soon(0);
}

function adopt(now) {
  const { selectionStart, selectionEnd, scrollTop } = editor;
  const same = source !== null && now.path === source.path;
  source = now;
  at = where();
  if (editor.value !== now.text) {
    editor.value = now.text;
    if (same) editor.setSelectionRange(selectionStart, selectionEnd);
    editor.scrollTop = same ? scrollTop : 0;
  }
  source.text = editor.value; // a text area knows but one kind of line end
  $("conflict").hidden = true;
}

async function save() {
  if ($("save").disabled) return;
  const text = editor.value;
  $("save").disabled = true;
  try {
    const now = await ask("save", { ...where(), text, base: source.digest });
    source = { ...now, text };
    $("conflict").hidden = true;
    say("saved");
    soon(0);
  } catch (error) {
    if (error.status === 409) $("conflict").hidden = false;
    else say(visible(error.message ?? "not saved"), true);
  }
  showState();
}

async function listen() {
  listenAbort?.abort();
  listenAbort = new AbortController();
  const mine = listenAbort;
  try {
    const query = new URLSearchParams(where());
    const headers = { "x-studio-token": token };
    const answer = await fetch(`/api/changes?${query}`, { headers, signal: mine.signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (value.includes("data:")) await reread();
    }
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  if (mine !== listenAbort) return;
  say("The studio has ended.", true);
  setTimeout(() => mine === listenAbort && listen(), 2 * RETRY);
}

// ── controls ────────────────────────────────────────────────────────────────────────────────────

function fill(select, names, chosen) {
  select.replaceChildren(...names.map((name) => make("option", { value: name, text: name })));
  if (names.includes(chosen)) select.value = chosen;
}

function fillNames(template) {
  const { templates, forms } = start.languages[$("language").value];
  fill($("template"), templates, template);
  fill($("form"), forms, $("form").value || "text");
}

async function other() {
  if (changed() && source.writable && !confirm("What you changed is not saved. Leave it?")) {
    $("language").value = at.language;
    fillNames(at.template);
    return;
  }
  source = null;
  $("conflict").hidden = true;
  listen(); // its first event reads the file
}

async function open() {
  try {
    start = await ask("start");
  } catch (error) {
    return say(visible(error.message), true);
  }
  const model = start.model === null ? "" : `, model ${start.model}`;
  $("about").textContent = `task ${start.task}${model}`;
  $("about").title = start.about;
  document.title = `${start.template}: prompt studio`;
  fill($("language"), Object.keys(start.languages), start.language);
  fillNames(start.template);
  fill($("labels"), start.labels, "gold");
  $("k").max = start.shots;
  $("index").max = start.size - 1;
  for (const name of ["form", "k", "labels", "index", "description"]) {
    $(name).addEventListener("input", () => soon());
  }
  $("template").addEventListener("change", other);
  $("language").addEventListener("change", () => {
    fillNames($("template").value);
    other();
  });
  $("spaces").addEventListener("change", () => {
    if (shownView?.preview) showPreview(shownView.preview);
  });
  editor.addEventListener("input", () => {
    showState();
    showGutter();
    soon();
  });
  editor.addEventListener("scroll", () => {
    $("gutter").scrollTop = editor.scrollTop;
  });
  $("save").addEventListener("click", save);
  $("take").addEventListener("click", async () => {
    source = null;
    await reread();
  });
  $("keep").addEventListener("click", async () => {
    source = { ...(await ask("source", where())) };
    $("conflict").hidden = true;
    showSource();
    soon(0);
  });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      save();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (changed() && source.writable) event.preventDefault();
  });
  listen();
}

open();
