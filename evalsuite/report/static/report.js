"use strict";
// The page: its head, its figures, then the samples, once all of the file is there.

const report = JSON.parse($("data-report").textContent);
const pictures = [];
let browser = null;

// ── head ────────────────────────────────────────────────────────────────────────────────────────

function head() {
  palette(report.subjects);
  document.title = report.title;
  const suites = [...new Set(report.runs.map((run) => run.suite).filter(Boolean))];
  $("title").textContent = suites.join(", ") || "Report";
  const models = new Set(report.subjects.filter((one) => one.kind !== "baseline").map((one) => one.model)).size;
  const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  const dates = [...new Set(report.runs.map((run) => run.date).filter(Boolean))].sort();
  const facts = [
    models ? many(models, "model") : null, many(report.tasks, "task"), many(report.samples, "sample"),
    dates.length > 1 ? `${day(dates[0])} to ${day(dates.at(-1))}` : dates.length ? day(dates[0]) : null,
    report.runs.length > 1 ? many(report.runs.length, "run") : report.runs[0]?.name,
    ...new Set(report.runs.map((run) => run.weights).filter(Boolean)),
  ];
  const left = d3.sum(report.runs, (run) => run.unanswered);
  if (left) facts.push(`${many(left, "question")} not answered yet`);
  $("facts").replaceChildren(...facts.filter(Boolean).map((fact) => element("span", {}, fact)));
  const abouts = [...new Set(report.runs.map((run) => run.about).filter(Boolean))];
  if (abouts.length === 1) $("facts").before(element("p", { class: "about" }, abouts[0]));
  $("subjects").replaceChildren(...report.subjects.map((one) => element("li", { title: one.about || null }, swatch(colour(one.name), symbolOf(one.name)), one.name,
    element("small", {}, [one.kind === one.name ? null : one.kind, one.kind === "baseline" ? null : one.engine, one.parameters ? `${d3.format(".3s")(one.parameters)} parameters` : null].filter(Boolean).join(", ")))));
  const told = report.runs.map((run) => run.name).join(", ");
  const kept = report.runs.every((run) => run.weights === "no weight changed") ? " No weight of a model was updated: a prompt conditions, it does not teach." : "";
  $("foot").textContent = `Made by evalsuite ${report.version} from ${told}. Intervals are 95 %.${kept}`;
}

// ── figures ─────────────────────────────────────────────────────────────────────────────────────

function figureOf(figure, level) {
  const made = element("figure", { id: `figure-${figure.name}`, class: "figure" });
  const tools = element("div", { class: "tools", role: "group", "aria-label": `Save: ${figure.title}` });
  made.append(element("div", { class: "top" }, element(level, {}, figure.title), tools), element("p", { class: "how" }, figure.about));
  if (figure.shape === "board" || figure.shape === "table") {
    const table = figure.shape === "board" ? board(figure) : sortable(figure);
    tools.append(...tableButtons(figure, table.rows));
    made.append(table.box);
    return made;
  }
  const shown = picture(figure);
  const details = element("details", {}, element("summary", {}, "Data table"));
  details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(sortable(figure).box); });
  tools.append(...pictureButtons(figure.name, figure.title, shown), ...tableButtons(figure, () => figure.rows));
  made.append(shown.box, details);
  pictures.push({ ...shown, made });
  return made;
}

function sections() {
  const places = [];
  report.sections.forEach((section) => {
    const alone = section.figures.length === 1;
    const made = element("section", { id: section.name, "aria-labelledby": `title-${section.name}`, class: "section" });
    if (!alone) made.append(element("h2", { id: `title-${section.name}` }, section.title));
    made.append(...section.figures.map((figure) => figureOf(figure, alone ? "h2" : "h3")));
    if (alone) made.querySelector("h2").id = `title-${section.name}`;
    places.push([section.name, section.title]);
    $("sections").append(made);
  });
  if (report.samples) places.push(["samples", "Samples"]);
  $("nav").replaceChildren(...places.map(([name, title]) => element("a", { href: `#${name}` }, title)));
}

// One picture after the other, so that the page is there at once and answers in between.
async function drawAll() {
  const draw = (one) => { one.width = one.made.clientWidth; one.draw(); };
  let timer = 0;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => pictures.filter((one) => one.width !== one.made.clientWidth).forEach(draw), 150);
  });
  for (const one of pictures) {
    draw(one);
    await pause();
  }
}

// What is printed has nothing left to ask for.
function printing(on) {
  for (const one of [...pictures, ...sortables]) one.whole(on);
}

// ── light and dark ──────────────────────────────────────────────────────────────────────────────

const THEME = "evalsuite-theme";
const wantsDark = matchMedia("(prefers-color-scheme: dark)");

function remembered(value) {
  try {
    if (value !== undefined) localStorage.setItem(THEME, value);
    return localStorage.getItem(THEME);
  } catch {
    return null; // a page from a file may not be let near it
  }
}

const isDark = () => (document.documentElement.dataset.theme ?? (wantsDark.matches ? "dark" : "light")) === "dark";

function theme(value) {
  if (value === "dark" || value === "light") document.documentElement.dataset.theme = value;
  $("theme").textContent = isDark() ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", isDark() ? "Show in light colours" : "Show in dark colours");
}

function turn() {
  const value = isDark() ? "light" : "dark";
  remembered(value);
  theme(value);
}

// ── keys ────────────────────────────────────────────────────────────────────────────────────────

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const typing = event.target.matches?.("input, select, textarea");
  if (event.key === "Escape") {
    if (event.target.matches?.("input")) event.preventDefault(); // it would be emptied, and still hold
    if (typing) event.target.blur();
    else if (browser && $("panes").classList.contains("open")) browser.close();
    return;
  }
  if (typing) return;
  const does = {
    j: () => browser?.step(1), k: () => browser?.step(-1), t: turn, "?": () => $("help").showModal(),
    "/": () => { $("samples").scrollIntoView(); $("search").focus({ preventScroll: true }); },
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

// ── ─────────────────────────────────────────────────────────────────────────────────────────────

head();
sections();
const drawnAll = drawAll();
theme(remembered());
wantsDark.addEventListener("change", () => theme());
$("theme").addEventListener("click", turn);
$("keys").addEventListener("click", () => $("help").showModal());
addEventListener("keydown", key);
addEventListener("beforeprint", () => printing(true));
addEventListener("afterprint", () => printing(false));
matchMedia("print").addEventListener("change", (event) => printing(event.matches));

async function samples() {
  if (!report.samples) return;
  const { columns, words } = await unpacked($("data-samples"));
  $("samples").hidden = false;
  browser = new Browser(columns, words);
  await drawnAll;
  if (isOfSamples()) $("samples").scrollIntoView();
  document.documentElement.dataset.ready = "samples";
  await browser.texts.prepare();
  document.documentElement.dataset.ready = "search";
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", samples);
else samples();
