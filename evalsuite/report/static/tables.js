"use strict";
// Tables: sorted, filtered, and written as CSV, LaTeX and Markdown.

const FORMULA = /^'*[=+\-@\t\r]/; // a spreadsheet would take it for one
const SHOWN_ROWS = 400;
const UNSETTLED = new Set(["invalid", "tie", "unread", "cut", "too_long", "shots_dropped"]);
const PROBABILITIES = new Set(["p", "p_holm"]);
const sortables = []; // all tables
const LONG = 28; // characters of a cell that may go over lines

const isNumber = (column) => column.digits !== null;

function cell(value, column) {
  if (!isNumber(column)) return value ?? "";
  return (PROBABILITIES.has(column.name) ? probability : number)(value, column.digits);
}

// ── as text ─────────────────────────────────────────────────────────────────────────────────────

function asCsv(columns, rows) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (row) =>
    row.map((value, place) => {
      if (value === null) return "";
      if (isNumber(columns[place])) return String(value);
      return quoted(FORMULA.test(value) ? `'${value}` : value);
    });
  return [columns.map((one) => one.name), ...rows.map(line)].map((row) => `${row.join(",")}\n`).join("");
}

function asMarkdown(columns, rows) {
  const plain = (text) =>
    text.replace(/\s+/g, " ").replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one])
      .replace(/([\\`*_[\]|~])/g, "\\$1");
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  return [
    line(columns.map((one) => one.label)),
    line(columns.map((one) => (isNumber(one) ? "---:" : "---"))),
    ...rows.map((row) => line(row.map((value, place) => plain(cell(value, columns[place]))))),
  ].join("");
}

// As `evalsuite/tables.py` has it. `[` and `*` would belong to a `\\` before them.
const LATEX = {
  ...Object.fromEntries([..."&%$#_{}"].map((letter) => [letter, `\\${letter}`])),
  "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
  "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}",
  '"': "\\textquotedbl{}", "`": "\\textasciigrave{}", "'": "\\textquotesingle{}",
  "[": "{[}", "*": "{*}", "−": "$-$",
};

function asLatex(columns, rows, caption) {
  const plain = (text) => text.trim().replace(/\s+/g, " ").replace(/[&%$#_{}\\~^<>|"`'[*−]/g, (one) => LATEX[one])
    .replace(/(?<![\p{L}\p{N}_-])-(?=\d)/gu, "$$-$$").replace(/-(?=-)/g, "-{}"); // two are no dash
  const line = (cells) => `${cells.join(" & ")} \\\\\n`;
  return [
    "% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n",
    `\\caption{${plain(caption)}}\n`,
    `\\begin{tabular}{${columns.map((one) => (isNumber(one) ? "r" : "l")).join("")}}\n\\toprule\n`,
    line(columns.map((one) => plain(one.label))),
    "\\midrule\n",
    ...rows.map((row) => line(row.map((value, place) => plain(cell(value, columns[place]))))),
    "\\bottomrule\n\\end{tabular}\n\\end{table}\n",
  ].join("");
}

function tableButtons(figure, rows) {
  const { name, title, columns } = figure;
  return [
    button("CSV", () => saveText(`${name}.csv`, asCsv(columns, rows()), "text/csv"), { "aria-label": `${title}: CSV` }),
    button("LaTeX", () => saveText(`${name}.tex`, asLatex(columns, rows(), title), "text/x-tex"), { "aria-label": `${title}: LaTeX` }),
    button("Markdown", () => saveText(`${name}.md`, asMarkdown(columns, rows()), "text/markdown"), { "aria-label": `${title}: Markdown` }),
  ];
}

// ── as elements ─────────────────────────────────────────────────────────────────────────────────

// A table that its headings sort. `dressed` may put more than text into a cell.
function sortable(figure, { columns = figure.columns, shown = (row) => row, dressed = () => null } = {}) {
  let rows = figure.rows;
  let order = { place: -1, descending: false };
  let all = false;
  let isWhole = false; // while it is printed
  const body = element("tbody");
  const more = button("", () => { all = true; fill(); }, { class: "more" });
  const heads = columns.map((column, place) => {
    const sorter = button(column.label, () => {
      const descending = order.place === place ? !order.descending : isNumber(column);
      order = { place, descending };
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      heads[place].setAttribute("aria-sort", descending ? "descending" : "ascending");
      fill();
    });
    return element("th", { scope: "col", class: isNumber(column) ? "number" : null }, sorter);
  });
  function sorted() {
    if (order.place < 0) return rows;
    const at = figure.columns.indexOf(columns[order.place]);
    const sign = order.descending ? -1 : 1;
    return [...rows].sort((one, other) => {
      if (one[at] === null || other[at] === null) return (one[at] === null) - (other[at] === null);
      return sign * (typeof one[at] === "number" ? one[at] - other[at] : one[at].localeCompare(other[at], "en", { numeric: true }));
    });
  }
  function fill() {
    const held = sorted();
    const few = all || isWhole ? held : held.slice(0, SHOWN_ROWS);
    body.replaceChildren(...few.map((row) => {
      const values = shown(row);
      return element("tr", {}, ...columns.map((column, place) => {
        const value = values[place];
        const content = dressed(column, value, row) ?? written(cell(value, column));
        const long = !isNumber(column) && String(value).length > LONG;
        return element("td", { class: isNumber(column) ? "number" : long ? "long" : null }, content);
      }));
    }));
    more.hidden = few.length === held.length;
    more.textContent = `Show all ${held.length.toLocaleString("en")} rows`;
  }
  const table = element("table", {}, element("caption", { class: "unseen" }, figure.title),
    element("thead", {}, element("tr", {}, ...heads)), body);
  const box = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${figure.title}, table` }, table, more);
  fill();
  sortables.push({ whole(on) { if (!all && rows.length > SHOWN_ROWS && on !== isWhole) { isWhole = on; fill(); } } });
  return { box, rows: sorted, show(held) { rows = held; fill(); } };
}

// The leaderboard: what is the same everywhere is left out, and each interval is drawn.
function board(figure) {
  const names = figure.columns.map((one) => one.name);
  const at = Object.fromEntries(names.map((name, place) => [name, place]));
  const varies = (name) => new Set(figure.rows.map((row) => row[at[name]]).filter((value) => value !== "")).size > 1;
  const ofModel = (name) => d3.rollups(figure.rows, (held) => new Set(held.map((row) => row[at[name]])).size, (row) => row[at.model]).every(([, size]) => size === 1);
  const beside = ["kind", "engine"].filter((name) => varies(name) && ofModel(name));
  const withinTask = (name) => d3.rollups(figure.rows, (held) => new Set(held.map((row) => row[at[name]])).size, (row) => row[at.task], (row) => row[at.model], (row) => row[at.language])
    .some(([, models]) => models.some(([, languages]) => languages.some(([, size]) => size > 1)));
  const happened = (name) => UNSETTLED.has(name) && figure.rows.some((row) => row[at[name]] > 0);
  const needed = (name) => happened(name) || varies(name) && (!["run", "template"].includes(name) || withinTask(name));
  const always = new Set(["task", "model", "k", "n", "value"]);
  const folded = new Set(["low", "high", "difference_low", "difference_high", ...beside]);
  const held = figure.columns.filter((one) => !folded.has(one.name) && (always.has(one.name) || needed(one.name)));
  const first = ["task", "model", "metric", "k", "value", "difference", "p", "n"]; // else in their order
  held.sort((one, other) => (first.indexOf(one.name) + 1 || 99) - (first.indexOf(other.name) + 1 || 99));
  const interval = (low, value, high, from, to) => {
    const x = d3.scaleLinear([from, to], [2, 98]);
    return drawn("svg", { class: "interval", width: 100, height: 14, "aria-hidden": "true" },
      drawn("line", { class: "track", x1: x(from), x2: x(to), y1: 7, y2: 7 }),
      from < 0 ? drawn("line", { class: "track", x1: x(0), x2: x(0), y1: 1, y2: 13 }) : null,
      drawn("line", { class: "whisker", x1: x(low), x2: x(high), y1: 7, y2: 7 }),
      drawn("circle", { class: "dot", cx: x(value), cy: 7, r: 3.5 }));
  };
  const dressed = (column, value, row) => {
    if (value === null) return "";
    if (column.name === "model" && beside.length) {
      const words = beside.map((name) => row[at[name]]).filter((word) => word !== value);
      return element("span", {}, written(value), " ", element("small", { class: "beside" }, [...new Set(words)].join(", ")));
    }
    const [low, high] = [row[at[`${column.name === "value" ? "" : "difference_"}low`]], row[at[`${column.name === "value" ? "" : "difference_"}high`]]];
    if (column.name === "value" && row[at.high] <= 1) {
      return element("span", { class: "estimate" }, interval(low, value, high, 0, 1),
        element("span", {}, number(value, 3)), element("small", {}, `${number(low, 3)} to ${number(high, 3)}`));
    }
    if (column.name === "value") {
      return element("span", { class: "estimate" }, element("span", {}, number(value, 3)),
        element("small", {}, `${number(low, 3)} to ${number(high, 3)}`));
    }
    if (column.name === "difference") {
      const sign = value > 0 ? "+" : "";
      return element("span", { class: "estimate" }, interval(low, value, high, -1, 1),
        element("span", {}, `${sign}${number(value, 3)}`), element("small", {}, `${number(low, 3)} to ${number(high, 3)}`));
    }
    return null;
  };
  const table = sortable(figure, { columns: held, shown: (row) => held.map((one) => row[at[one.name]]), dressed });
  const choices = ["task", "model", "metric", "form", "language", "k"].filter(varies).map((name) => {
    const values = [...new Set(figure.rows.map((row) => row[at[name]]))];
    if (name === "k") values.sort((one, other) => one - other);
    const select = element("select", {}, element("option", { value: "" }, "all"),
      ...values.map((value) => element("option", { value: String(value) }, String(value))));
    select.addEventListener("change", filter);
    return { name, select };
  });
  const words = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  words.addEventListener("input", filter);
  function filter() {
    const parts = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    table.show(figure.rows.filter((row) =>
      choices.every(({ name, select }) => select.value === "" || String(row[at[name]]) === select.value)
      && parts.every((part) => row.some((value) => typeof value === "string" && value.toLowerCase().includes(part)))));
  }
  const filters = element("div", { class: "filters", role: "search", "aria-label": "Leaderboard" },
    element("label", { class: "wide" }, "Filter", words),
    ...choices.map(({ name, select }) => element("label", {}, name, select)));
  return { box: element("div", {}, filters, table.box), rows: table.rows };
}
