"use strict";
// Whatever is shown is put in as text: names, prompts and responses are untrusted.

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const MOST_MARKS = 2000; // spans in one text

function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function button(label, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", act);
  return made;
}

// ── texts ───────────────────────────────────────────────────────────────────────────────────────

const SIGN = "⟦[^⟧\\n]{1,60}⟧|[\\u2400-\\u2421]";
const TOKEN =
  "<\\|[^|<>\\n]{1,40}\\|>|</?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn)>|\\[/?INST\\]";

// A text with its signs for what is hidden and, in a prompt, its special tokens set apart.
function written(text, tokens = false) {
  const made = document.createDocumentFragment();
  const marks = new RegExp(tokens ? `(${SIGN})|(${TOKEN})` : `(${SIGN})`, "gu");
  let from = 0;
  let count = 0;
  for (const found of text.matchAll(marks)) {
    if (count++ === MOST_MARKS) break;
    made.append(text.slice(from, found.index));
    made.append(element("span", { class: found[1] ? "sign" : "token" }, found[0]));
    from = found.index + found[0].length;
  }
  made.append(text.slice(from));
  return made;
}

const pause = () => new Promise((go) => { setTimeout(go); });

function number(value, digits) {
  if (value === null || value === undefined) return "";
  if (digits === 0) return Math.round(value).toLocaleString("en");
  return unsigned(value.toFixed(digits));
}

// A zero has no sign, and no p is 0.
const unsigned = (shown) => (Number(shown) === 0 ? shown.replace("-", "") : shown);

function probability(p, digits) {
  const shown = number(p, digits);
  return Number(shown) === 0 && shown !== "" ? `<${(10 ** -digits).toFixed(digits)}` : shown;
}

function day(text) {
  const date = new Date(`${text}T12:00:00`);
  if (Number.isNaN(date.getTime())) return text;
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}

// ── files ───────────────────────────────────────────────────────────────────────────────────────

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const saveText = (name, text, type) => save(name, new Blob([text], { type: `${type};charset=utf-8` }));

// ── packed data ─────────────────────────────────────────────────────────────────────────────────

async function unpacked(node) {
  const text = node.textContent;
  node.remove(); // it is needed once
  const bytes = Uint8Array.fromBase64
    ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

// Texts in chunks, each unpacked when it is first needed, and searched in small letters.
class Chunks {
  constructor(name) {
    this.nodes = [...document.querySelectorAll(`script[id^="data-${name}-"]`)];
    this.starts = [];
    this.size = 0;
    for (const node of this.nodes) {
      this.starts.push(this.size);
      this.size += Number(node.dataset.count);
    }
    this.held = [];
    this.lowered = [];
  }

  chunk(index) {
    this.held[index] ??= unpacked(this.nodes.splice(index, 1, null)[0]);
    return this.held[index];
  }

  async at(place) {
    const index = d3.bisectRight(this.starts, place) - 1;
    return (await this.chunk(index))[place - this.starts[index]];
  }

  async lower(index) {
    if (!this.lowered[index]) {
      const texts = (await this.chunk(index)).map((text) => text.toLowerCase());
      const starts = new Uint32Array(texts.length);
      let at = 0;
      texts.forEach((text, place) => {
        starts[place] = at;
        at += text.length + 1;
      });
      this.lowered[index] = { text: texts.join("\0"), starts };
    }
    return this.lowered[index];
  }

  async prepare() {
    for (let index = 0; index < this.nodes.length; index++) {
      await this.lower(index);
      await pause(); // what the user does comes first
    }
  }

  // Marks the texts that have the words in them; they are in small letters.
  async find(words) {
    const found = new Uint8Array(this.size);
    for (let index = 0; index < this.nodes.length; index++) {
      const { text, starts } = this.lowered[index] ?? (await this.lower(index));
      let at = text.indexOf(words);
      while (at !== -1) {
        const place = d3.bisectRight(starts, at) - 1;
        found[this.starts[index] + place] = 1;
        if (place + 1 === starts.length) break;
        at = text.indexOf(words, starts[place + 1]);
      }
    }
    return found;
  }
}
