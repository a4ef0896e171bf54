"use strict";
// Pictures of figures, by Observable Plot. What they show was computed before; here it is drawn.

const MOST_TILES = 12; // that are drawn before they are asked for
const GREY = "var(--baseline)";
const COLOURS = 8;
const SYMBOLS = ["circle", "square", "triangle", "cross"]; // of the first eight series, of the next eight
const DASHES = [null, "8,3", "2,3", "8,3,2,3"];
const LEVEL = 0.05; // p, after correction, below which an effect counts as seen
const LANGUAGES = { pt: "Portuguese" };
let colours = new Map(); // of series
let rounds = new Map(); // of series: how often all colours were given before

function palette(subjects) {
  const isGrey = (one) => one.kind === "baseline" && subjects.some((other) => other.kind !== "baseline");
  const places = { true: 0, false: 0 };
  const given = subjects.map((one) => [one.name, isGrey(one), places[isGrey(one)]++]);
  colours = new Map(given.map(([name, grey, place]) => [name, grey ? GREY : `var(--c${place % COLOURS})`]));
  rounds = new Map(given.map(([name, grey, place]) => [name, (grey ? 0 : Math.floor(place / COLOURS)) % SYMBOLS.length]));
}

const symbol = (series) => SYMBOLS[rounds.get(series) ?? 0];
const dash = (series) => DASHES[rounds.get(series) ?? 0];
const colour = (series) => colours.get(series) ?? GREY;
const records = (figure) => figure.rows.map((row) =>
  Object.fromEntries(figure.columns.map((one, place) => [one.name, row[place]])));
const shots = (k) => (k === 0 ? "zero-shot" : `${k}-shot`);
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const told = (row) => `${row.series}, ${shots(row.k)}\n${percent(row.value)} (${percent(row.low)} to ${percent(row.high)}), n = ${row.n}`;
const few = (row) => row.several && (row.k === 0 || row.k < row.most);

function plot(width, options) {
  return Plot.plot({
    className: "plot", width, marginLeft: 48, marginRight: 20, marginTop: 14, marginBottom: 34, insetTop: 4,
    style: { fontSize: "11px", overflow: "visible" }, ...options,
  });
}

const share = (more = {}) => ({ domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (value) => `${Number((100 * value).toFixed(1))} %`, label: null, grid: true, ...more });
const whiskers = (rows, x, more = {}) => Plot.ruleX(rows, { x, y1: "low", y2: "high", strokeWidth: 1.5, strokeOpacity: 0.55, stroke: (row) => colour(row.series), ...more });

// The room for labels on the left, at most half of the width, and the labels cut to it.
function labels(texts, width, letter = 6.6) {
  const room = Math.min(width * 0.48, 14 + letter * d3.max(texts, (text) => text.length));
  const most = Math.max(4, Math.floor((room - 12) / letter));
  return { marginLeft: room, tickFormat: (text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text) };
}

// Labels of rows beside them; each above its own row where half of the width is too little for them.
function rowLabels(texts, width, letter = 6.6) {
  const wanted = 14 + letter * d3.max(texts, (text) => text.length);
  if (wanted <= width * 0.48) return { marginLeft: wanted, axis: "left", room: 0, dy: 0, mark: () => null };
  const most = Math.floor((width - 8) / letter);
  const cut = (text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return {
    marginLeft: 8, axis: null, room: 22, dy: 9, // pixels that a row is higher, and that its marks are lower
    mark: (row) => Plot.text(texts, { y: (text) => text, text: cut, frameAnchor: "left", textAnchor: "start", dx: -4, dy: 11 - row / 2, fill: "currentColor" }),
  };
}

// The rows of each series, and how far from the middle of its place it stands: only those that have
// something at a place share it, in the order of the legend.
function lanes(rows, place) {
  const order = [...colours.keys()];
  const held = d3.rollup(rows, (here) => d3.sort(new Set(here.map((row) => row.series)), (name) => order.indexOf(name)), place);
  const shift = (row) => 9 * (held.get(place(row)).indexOf(row.series) - (held.get(place(row)).length - 1) / 2);
  return {
    most: d3.max(held.values(), (names) => names.length),
    each: d3.groups(rows, (row) => row.series, shift).flatMap(([series, parts]) => parts.map(([dy, part]) => ({ series, dy, part }))),
  };
}

// A text in lines of so many letters, parted behind its hyphens and blanks.
function wrapped(text, most) {
  const lines = [""];
  for (const piece of text.match(/[^- ]*[- ]|[^- ]+/g) ?? []) {
    if (lines.at(-1) !== "" && (lines.at(-1) + piece).trimEnd().length > most) lines.push("");
    lines[lines.length - 1] += piece;
  }
  return lines.map((line) => line.trimEnd()).map((line) => (line.length > most ? `${line.slice(0, most - 1)}…` : line));
}

function withMost(rows) {
  const most = d3.rollup(rows, (held) => d3.max(held, (row) => row.k), (row) => row.series, (row) => row.task);
  const several = new Set(rows.map((row) => row.k)).size > 1;
  return rows.map((row) => ({ ...row, several, most: most.get(row.series).get(row.task) }));
}

function fewAndMost(rows) {
  if (!rows[0].several) return `All are ${shots(rows[0].k)}.`;
  const held = rows.filter(few);
  if (!held.length) return "Each is with its most shots.";
  const fewest = held.every((row) => row.k === 0) ? "zero-shot" : "with the fewest shots";
  return `Dashed and hollow: ${fewest}; solid: with the most shots.`;
}

// The settings of rows, and of which series each is, if that tells which is which; else empty.
function settingsOf(rows) {
  const bySetting = d3.rollups(rows, (held) => [...new Set(held.map((row) => row.series))], (row) => row.setting);
  if (bySetting.length === 1) return bySetting[0][0];
  const series = bySetting.flatMap(([, held]) => held);
  if (new Set(series).size < series.length) return "";
  return bySetting.map(([setting, held]) => `${setting} (${held.join(", ")})`).join("; ");
}

// How dots are filled whose symbol says something else.
function inside(series) {
  const round = rounds.get(series) ?? 0;
  if (round === 0) return { fill: colour(series), stroke: "var(--pane)" };
  return { fill: "var(--pane)", stroke: colour(series), strokeWidth: 2, strokeDasharray: round === 3 ? "2,2" : null };
}

// ── shapes: each says how rows are parted into tiles, and draws one ─────────────────────────────

const LEFT_RIGHT = "two";

const SHAPES = {
  gap: {
    rows: (rows) => rows.map((row) => row.accuracy === undefined
      ? { ...row, one: row.english, one_low: row.english_low, one_high: row.english_high, two: row.other, two_low: row.other_low, two_high: row.other_high, first: "English", second: LANGUAGES[row.language] ?? row.language, labelled: true }
      : { ...row, one: row.accuracy, one_low: row.accuracy_low, one_high: row.accuracy_high, two: row.certified, two_low: row.certified_low, two_high: row.certified_high, first: "verdict right", second: "proof accepted" }),
    tile: (row) => row.series,
    size: LEFT_RIGHT,
    legend: (rows) => [[rows[0].first, GREY, "circle"], [[...new Set(rows.map((row) => row.second))].join(" or "), GREY, "diamond"]],
    draw(rows, width) {
      const varied = ["setting", "language"].filter((name) => new Set(rows.map((row) => row[name])).size > 1);
      const label = (row) => [row.task, shots(row.k), ...varied.map((name) => row[name])].join(", ");
      const named = rowLabels(rows.map(label), width);
      const height = 28 + named.room;
      const text = (row) => `${label(row)}\n${row.first} ${percent(row.one)}, ${row.second} ${percent(row.two)}, n = ${row.n}`;
      const tone = colour(rows[0].series);
      const whisker = (side, dy) => Plot.ruleY(rows, { y: label, x1: `${side}_low`, x2: `${side}_high`, stroke: tone, strokeWidth: 1.4, strokeOpacity: 0.5, dy: named.dy + dy });
      return plot(width, {
        height: 46 + height * rows.length, marginLeft: named.marginLeft, marginTop: 6, style: { fontSize: "12px", overflow: "visible" },
        x: share(), y: { domain: rows.map(label), label: null, tickSize: 0, axis: named.axis },
        marks: [
          named.mark(height),
          Plot.link(rows, { x1: "one", x2: "two", y1: label, y2: label, stroke: tone, strokeOpacity: 0.22, strokeWidth: 12, strokeLinecap: "round", dy: named.dy }),
          whisker("one", -4), whisker("two", 4),
          Plot.dot(rows, { x: "one", y: label, fill: "var(--page)", stroke: tone, strokeWidth: 2.2, r: 5, dy: named.dy - 4, title: text }),
          Plot.dot(rows, { x: "two", y: label, fill: tone, stroke: "var(--page)", r: 6, dy: named.dy + 4, title: text, symbol: "diamond" }),
        ],
      });
    },
  },
  slopes: {
    tile: (row) => row.task,
    draw(rows, width) {
      const ends = d3.group(rows, (row) => row.series);
      const spread = new Map([...ends.keys()].map((one, place, all) => [one, 9 * (place - (all.length - 1) / 2)]));
      const lanes = [...ends].map(([series, held]) => {
        const put = (k) => (k === 0 ? "zero-shot" : "few-shot");
        const shift = { dx: spread.get(series) };
        return [
          Plot.line(held, { x: (row) => put(row.k), y: "value", stroke: colour(series), strokeWidth: 2.2, strokeDasharray: dash(series), ...shift }),
          whiskers(held, (row) => put(row.k), shift),
          Plot.dot(held, { x: (row) => put(row.k), y: "value", r: 4.5, symbol: symbol(series), fill: colour(series), stroke: "var(--pane)", title: told, ...shift }),
        ];
      });
      return plot(width, { height: 230, x: { domain: ["zero-shot", "few-shot"], label: null, padding: 0.2, type: "point" }, y: share(), marks: lanes.flat() });
    },
  },
  curves: {
    tile: (row) => row.task,
    note: (rows) => (rows.some((row) => row.shots_dropped) ? "Hollow: some shots did not fit the model’s context and were left out of prompts." : null),
    draw(rows, width) {
      const place = (row) => Math.log2(row.k + 1);
      const ticks = [...new Set(rows.map((row) => row.k))].sort((one, other) => one - other);
      return plot(width, {
        height: 230,
        x: { ticks: ticks.map((k) => Math.log2(k + 1)), tickFormat: (value) => String(Math.round(2 ** value - 1)), label: "shots, k", inset: 6 }, y: share(),
        marks: [
          Plot.areaY(rows, { x: place, y1: "low", y2: "high", z: "series", fill: (row) => colour(row.series), fillOpacity: 0.12 }),
          ...d3.groups(rows, (row) => row.series).flatMap(([series, held]) => [
            Plot.line(held, { x: place, y: "value", stroke: colour(series), strokeWidth: 2.2, strokeDasharray: dash(series) }),
            Plot.dot(held.filter((row) => !row.shots_dropped), { x: place, y: "value", symbol: symbol(series), fill: colour(series), stroke: "var(--pane)", r: 4, title: told }),
            Plot.dot(held.filter((row) => row.shots_dropped), { x: place, y: "value", symbol: symbol(series), fill: "var(--pane)", stroke: colour(series), strokeWidth: 1.8, r: 4,
              title: (row) => `${told(row)}\n${row.shots_dropped} shots did not fit and were left out` }),
          ]),
        ],
      });
    },
  },
  effects: {
    rows: (rows) => rows.map((row) => ({ ...row, labelled: true })),
    tile: (row) => row.task,
    size: "wide",
    draw(rows, width) {
      const label = (row) => `${row.factor}: ${row.before} → ${row.after} (${row.setting})`;
      const change = (value) => `${value > 0 ? "+" : ""}${number(100 * value, 1)}`;
      const places = [...new Set(rows.map(label))];
      const { most, each } = lanes(rows, label);
      const named = rowLabels(places, width, 6);
      const height = Math.max(20, 10 * most + 4) + named.room;
      const reach = d3.max(rows, (row) => Math.max(Math.abs(row.low), Math.abs(row.high))) * 1.05 || 0.1;
      const text = (row) => `${row.series}\n${label(row)}\n${change(row.difference)} points (${change(row.low)} to ${change(row.high)}), n = ${row.n}\n${row.in_words}`;
      return plot(width, {
        height: 46 + height * places.length, marginTop: 6, marginLeft: named.marginLeft,
        x: { domain: [-reach, reach], tickFormat: (value) => change(value).replace(".0", ""), label: "points", grid: true, ticks: width < 500 ? 3 : 8 }, y: { domain: places, label: null, tickSize: 0, axis: named.axis },
        marks: [
          named.mark(height),
          Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
          ...each.flatMap(({ series, dy, part }) => [
            Plot.ruleY(part, { y: label, x1: "low", x2: "high", stroke: colour(series), strokeWidth: 1.6, strokeOpacity: 0.6, dy: dy + named.dy }),
            Plot.dot(part, { x: "difference", y: label, fill: (row) => (row.p_holm < LEVEL ? colour(series) : "var(--pane)"), stroke: colour(series), strokeWidth: 1.8, r: 4, symbol: symbol(series), dy: dy + named.dy, title: text }),
          ]),
        ],
      });
    },
  },
  ladder: {
    rows: withMost,
    tile: (row) => row.task,
    note: fewAndMost,
    draw(rows, width) {
      const rungs = [...new Set(rows.map((row) => row.rung))].sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
      const names = [...new Set(rows.map((row) => row.series))];
      const chance = rungs.map((rung) => ({ rung, chance: d3.mean(rows.filter((row) => row.rung === rung), (row) => row.chance) }));
      const lanes = names.map((name, place) => {
        const held = rows.filter((row) => row.series === name);
        const shift = { dx: 5 * (place - (names.length - 1) / 2) };
        const drawLine = (part, dash) => Plot.line(part, { x: "rung", y: "value", stroke: colour(name), strokeWidth: 2.2, strokeDasharray: dash, ...shift });
        return [
          whiskers(held, "rung", { strokeOpacity: 0.35, ...shift }),
          drawLine(held.filter((row) => !few(row)), null), drawLine(held.filter(few), "5,4"),
          Plot.dot(held, { x: "rung", y: "value", r: 3.5, symbol: symbol(name), fill: (row) => (few(row) ? "var(--pane)" : colour(name)), stroke: colour(name), strokeWidth: 1.5, ...shift,
            title: (row) => `${told(row)}\nrung ${row.rung}, chance ${percent(row.chance)}, p (Holm) = ${probability(row.p_holm, 4)}` }),
          Plot.dot(held.filter((row) => row.frontier !== ""), { x: "rung", y: "value", r: 8, stroke: colour(name), strokeWidth: 1.8, ...shift }),
        ];
      });
      return plot(width, {
        height: 230, x: { domain: rungs, type: "point", label: "rung", padding: 0.4 }, y: share(),
        marks: [
          Plot.line(chance, { x: "rung", y: "chance", stroke: "currentColor", strokeOpacity: 0.5, strokeDasharray: "3,4" }),
          ...lanes.flat(),
        ],
      });
    },
  },
  reliability: {
    rows: withMost,
    tile: (row) => row.task,
    note: fewAndMost,
    draw(rows, width) {
      const line = (row) => `${row.series}\n${row.k}`;
      const drawLine = (held, dash) => Plot.line(held, { x: "confidence", y: "value", z: line, stroke: (row) => colour(row.series), strokeWidth: 1.6, strokeDasharray: dash });
      return plot(width, {
        height: Math.min(width, 300), x: share({ label: "probability of the likeliest choice", grid: false }), y: share({ label: null }),
        r: { range: [0, 9], domain: [0, d3.max(rows, (row) => row.n)] },
        marks: [
          Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: "currentColor", strokeOpacity: 0.5, strokeDasharray: "3,4" }),
          whiskers(rows, "confidence", { strokeOpacity: 0.3 }),
          drawLine(rows.filter((row) => !few(row)), null), drawLine(rows.filter(few), "5,4"),
          ...d3.groups(rows, (row) => row.series).map(([series, held]) =>
            Plot.dot(held, { x: "confidence", y: "value", r: "n", symbol: symbol(series), fill: (row) => (few(row) ? "var(--pane)" : colour(series)), stroke: colour(series), strokeWidth: 1.5,
              title: (row) => `${told(row)}\nsure to ${percent(row.confidence)}` })),
        ],
      });
    },
  },
  confusion: {
    tile: (row) => `${row.task}: ${row.series}, ${shots(row.k)}`,
    draw(rows, width) {
      const verdicts = [...new Set(rows.map((row) => row.verdict))];
      const golds = [...new Set(rows.map((row) => row.gold))];
      const most = Math.max(4, Math.floor((width - 92 - 14) / verdicts.length / 6));
      const lines = (letters) => (text) => wrapped(text, letters).slice(0, 3).join("\n"); // that a cell is high
      const marginTop = 14 + 12 * Math.min(3, d3.max(verdicts, (text) => wrapped(text, most).length));
      return plot(width, {
        height: 12 + marginTop + 36 * golds.length, marginLeft: 92, marginTop, marginBottom: 8,
        x: { domain: verdicts, label: null, axis: "top", tickSize: 0, tickFormat: lines(most), padding: 0.06 }, y: { domain: golds, label: null, tickSize: 0, tickFormat: lines(14), padding: 0.06 },
        marks: [
          Plot.cell(rows, { x: "verdict", y: "gold", fill: "var(--c0)", fillOpacity: (row) => 0.05 + 0.45 * row.share, rx: 3, title: (row) => `gold ${row.gold}, read as ${row.verdict}: ${row.count} (${percent(row.share)})` }),
          Plot.text(rows, { x: "verdict", y: "gold", text: (row) => String(row.count), fill: "var(--ink)", fontWeight: 600 }),
        ],
      });
    },
  },
  bars: {
    tile: (row) => row.series,
    draw(rows, width) {
      const label = (row) => row.outcome ?? row.flaw ?? row.line;
      const { marginLeft, tickFormat } = labels(rows.map(label), width, 7);
      return plot(width, {
        height: 40 + 25 * rows.length, marginTop: 4, marginLeft, marginRight: 44,
        x: share({ domain: [0, d3.max(rows, (row) => row.share) * 1.08 || 1], ticks: 4 }), y: { domain: rows.map(label), label: null, tickSize: 0, tickFormat },
        marks: [
          Plot.barX(rows, { x: "share", y: label, fill: (row) => colour(row.series), fillOpacity: 0.8, rx: 2, insetTop: 3, insetBottom: 3, title: (row) => `${label(row)}: ${row.count} of ${row.n} (${percent(row.share)})` }),
          Plot.text(rows, { x: "share", y: label, text: (row) => String(row.count), textAnchor: "start", dx: 6, fill: "currentColor" }),
        ],
      });
    },
  },
  dots: {
    mark: (name) => ["dot", "hollow", "ringed", "dashed"][rounds.get(name) ?? 0],
    rows: (rows) => [...rows].sort((one, other) => one.k - other.k),
    tile: (row) => shots(row.k),
    size: LEFT_RIGHT,
    draw(rows, width) {
      const tasks = [...new Set(rows.map((row) => row.task))];
      const { most, each } = lanes(rows, (row) => row.task);
      const named = rowLabels(tasks, width);
      const height = Math.max(24, 11 * most + 8) + named.room;
      return plot(width, {
        height: 46 + height * tasks.length, marginTop: 6, marginLeft: named.marginLeft,
        x: share(), y: { domain: tasks, label: null, tickSize: 0, axis: named.axis },
        marks: [named.mark(height), ...each.flatMap(({ series, dy, part }) => [
          Plot.ruleY(part, { y: "task", x1: "low", x2: "high", stroke: colour(series), strokeWidth: 1.5, strokeOpacity: 0.55, dy: dy + named.dy }),
          Plot.dot(part, { x: "value", y: "task", ...inside(series), r: 5, symbol: part[0].kind === "instruct" ? "diamond" : "circle", dy: dy + named.dy, title: told }),
          ...(rounds.get(series) === 2 ? [Plot.dot(part, { x: "value", y: "task", fill: colour(series), r: 2, dy: dy + named.dy })] : []),
        ])],
      });
    },
  },
};

// ── a figure ────────────────────────────────────────────────────────────────────────────────────

function picture(figure) {
  const shape = SHAPES[figure.shape];
  const rows = (shape.rows ?? ((one) => one))(records(figure));
  const tiles = [...d3.group(rows, shape.tile)];
  const tells = !rows[0].labelled && rows[0].setting !== undefined && report.settings > 1;
  const all = tells ? settingsOf(rows) : "";
  const settings = tiles.map(([, held]) => (tells && all === "" ? settingsOf(held) : ""));
  const asked = all ? `Asked as ${all}; the leaderboard has all settings.` : settings.some((one) => tells && one === "") ? "Their settings differ: the data table has them." : null;
  const grid = element("div", { class: `tiles ${shape.size ?? "usual"}` });
  let shown = MOST_TILES;
  let isWhole = false; // while it is printed or saved
  const more = button(`Show all ${tiles.length}`, () => { shown = tiles.length; more.remove(); draw(); }, { class: "more" });
  function whole(on) {
    if (tiles.length <= shown || on === isWhole) return;
    isWhole = on;
    draw();
  }
  function draw() {
    const boxes = tiles.slice(0, isWhole ? tiles.length : shown).map(([name], place) => element("div", { class: "tile" },
      element("h4", {}, name, settings[place] ? element("small", {}, ` ${settings[place]}`) : null)));
    grid.replaceChildren(...boxes);
    const width = Math.max(240, Math.floor(boxes[0].getBoundingClientRect().width) || 320);
    boxes.forEach((box, place) => {
      const made = shape.draw(tiles[place][1], width);
      made.querySelectorAll("[aria-label]").forEach((node) => node.removeAttribute("aria-label"));
      made.setAttribute("role", "img"); // one picture, and its table says what is in it
      made.setAttribute("aria-label", `${figure.title}: ${tiles[place][0]}. The data are in the table below.`);
      box.append(made);
    });
  }
  const here = new Set(rows.map((row) => row.series));
  const names = [...colours.keys()].filter((name) => here.has(name));
  const marks = shape.legend ? shape.legend(rows) : figure.shape === "bars" || figure.shape === "confusion" ? [] : names.map((one) => [one, colour(one), (shape.mark ?? symbolOf)(one)]);
  const legend = marks.length ? element("ul", { class: "legend", "aria-label": "Colours and signs" }, ...marks.map(([name, fill, symbol]) => element("li", {}, swatch(fill, symbol), name))) : null;
  const notes = [shape.note?.(rows), asked].filter(Boolean);
  const box = element("div", {}, legend, notes.length ? element("p", { class: "note" }, notes.join(" ")) : null, grid, tiles.length > MOST_TILES ? more : null);
  return { box, grid, draw, whole };
}

// The sign of a series where nothing but the series decides it.
const symbolOf = (series) => (symbol(series) === "circle" ? "dot" : symbol(series));

function swatch(fill, symbol = "dot") {
  const ring = { cx: 7, cy: 7, r: 4.5, fill: "none", stroke: fill, "stroke-width": 2 };
  const sign = {
    dot: () => drawn("circle", { cx: 7, cy: 7, r: 5, fill }),
    square: () => drawn("rect", { x: 2.5, y: 2.5, width: 9, height: 9, fill }),
    triangle: () => drawn("path", { d: "M7,1.5 L13,12 L1,12 z", fill }),
    cross: () => drawn("path", { d: "M5,1 h4 v4 h4 v4 h-4 v4 h-4 v-4 h-4 v-4 h4 z", fill }),
    hollow: () => drawn("circle", ring),
    ringed: () => drawn("g", {}, drawn("circle", ring), drawn("circle", { cx: 7, cy: 7, r: 1.8, fill })),
    dashed: () => drawn("circle", { ...ring, "stroke-dasharray": "2,2" }),
    circle: () => drawn("circle", ring),
    diamond: () => drawn("path", { d: "M7,1 L13,7 L7,13 L1,7 z", fill }),
  }[symbol];
  return drawn("svg", { class: "swatch", width: 14, height: 14, "aria-hidden": "true" }, sign());
}

// ── files ───────────────────────────────────────────────────────────────────────────────────────

const COLUMNS = 4; // of a saved picture of many tiles
const LARGEST = 16_000; // pixels of a canvas, in any browser
const COPIED = ["fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "font-size", "font-family", "font-weight", "text-anchor", "opacity"];

// A picture that stands for itself: what style sheets say is written into it. Few tiles stand one
// below the other, many in columns.
function standalone(svgs, titles) {
  const [gap, line, padding] = [24, 24, 16];
  const boxes = svgs.map((svg) => svg.getBoundingClientRect());
  const columns = svgs.length > MOST_TILES ? COLUMNS : 1;
  const wide = d3.max(boxes, (box) => box.width);
  const places = [];
  let y = padding;
  for (let from = 0; from < svgs.length; from += columns) {
    const row = boxes.slice(from, from + columns);
    row.forEach((box, place) => places.push({ svg: svgs[from + place], x: padding + place * (wide + gap), y: y + line, width: box.width, height: box.height }));
    y += d3.max(row, (box) => box.height) + line + gap;
  }
  const page = getComputedStyle(document.body);
  const total = { width: Math.ceil(columns * (wide + gap) - gap + 2 * padding), height: Math.ceil(y) };
  const made = drawn("svg", { xmlns: SVG, ...total, viewBox: `0 0 ${total.width} ${total.height}`, color: page.color, "font-family": "system-ui, sans-serif" },
    drawn("rect", { ...total, fill: page.backgroundColor }));
  places.forEach(({ svg, x, y: top, width, height }, place) => {
    const copy = svg.cloneNode(true);
    const originals = [svg, ...svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((node, at) => {
      const style = getComputedStyle(originals[at]);
      for (const name of COPIED) node.setAttribute(name, style.getPropertyValue(name));
      node.removeAttribute("style");
      node.removeAttribute("class");
    });
    copy.querySelectorAll("style").forEach((node) => node.remove());
    filled(copy, { x, y: top, width, height, overflow: "visible" }, []);
    made.append(drawn("text", { x, y: top - 8, fill: page.color, "font-size": 13, "font-weight": 600 }, titles[place]), copy);
  });
  return { text: new XMLSerializer().serializeToString(made), ...total };
}

function savePng(name, { text, width, height }) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = new Image();
  image.addEventListener("load", () => {
    const scale = Math.min(2, LARGEST / width, LARGEST / height);
    const size = [width, height].map((one) => Math.floor(scale * one));
    const canvas = element("canvas", { width: size[0], height: size[1] });
    canvas.getContext("2d").drawImage(image, 0, 0, ...size);
    canvas.toBlob((blob) => save(name, blob), "image/png");
    URL.revokeObjectURL(address);
  });
  image.src = address;
}

function pictureButtons(name, title, { grid, whole }) {
  const made = () => {
    whole(true);
    const tiles = [...grid.querySelectorAll("svg[role=img]")];
    const saved = standalone(tiles, tiles.map((one) => one.parentElement.querySelector("h4")?.textContent ?? title));
    whole(false);
    return saved;
  };
  return [
    button("SVG", () => saveText(`${name}.svg`, made().text, "image/svg+xml"), { "aria-label": `${title}: SVG` }),
    button("PNG", () => savePng(`${name}.png`, made()), { "aria-label": `${title}: PNG` }),
  ];
}
