"use strict";
// Proofs: a refutation or derivation as a DAG, a tableau as a tree, a Kripke model as a graph.

const LETTER = 7.4; // pixels of a letter, at 12 px of a monospaced font
const ROW = 19;
const LEAST = 0.65; // of its size, to which a drawing may shrink
let drawings = 0;

function proof(made, { title, wrong }) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: made.shape === "graph" ? "LR" : "TB", nodesep: 22, ranksep: made.shape === "tree" ? 30 : 36, marginx: 14, marginy: made.shape === "graph" ? 34 : 14, ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = new Set(made.nodes.map((node) => node.name));
  for (const node of made.nodes) {
    const rows = node.lines.map(shownLine);
    const letters = d3.max(rows, (row) => row.length) ?? 1;
    graph.setNode(node.name, { node, width: Math.max(36, LETTER * letters + 22), height: ROW * Math.max(1, rows.length) + 12 });
  }
  for (const node of made.nodes) {
    for (const parent of node.parents) if (names.has(parent) && parent !== node.name) graph.setEdge(parent, node.name, {}, parent);
  }
  dagre.layout(graph);
  const { width, height } = graph.graph();
  const marker = `arrow-${drawings++}`;
  const svg = drawn("svg", { class: "proof", role: "img", "aria-label": label(made, title, wrong), width: Math.ceil(width), height: Math.ceil(height), viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}` },
    drawn("defs", {}, drawn("marker", { id: marker, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, drawn("path", { d: "M0,0 L8,4 L0,8 z", class: "head" }))));
  const curve = d3.line().curve(made.shape === "tree" ? d3.curveLinear : d3.curveBasis).x((at) => at.x).y((at) => at.y);
  for (const edge of graph.edges()) {
    const head = made.shape === "tree" ? null : `url(#${marker})`;
    svg.append(drawn("path", { class: "edge", d: curve(graph.edge(edge).points), "marker-end": head }));
  }
  for (const node of made.nodes) {
    const at = graph.node(node.name);
    if (node.parents.includes(node.name)) svg.append(loop(at, `url(#${marker})`));
    svg.append(box(at, made.shape));
  }
  svg.style.minWidth = `${Math.round(LEAST * width)}px`; // smaller, it could not be read
  return svg;
}

// A world that reaches itself.
function loop({ x, y, height }, head) {
  const top = y - height / 2;
  return drawn("path", { class: "edge", d: `M${x - 9},${top} C${x - 22},${top - 28} ${x + 22},${top - 28} ${x + 9},${top}`, "marker-end": head });
}

const shownLine = (line) => [line.number && `${line.number}.`, line.text, line.reason && `  ${line.reason}`].filter(Boolean).join(" ");

function label(made, title, wrong) {
  const lines = made.nodes.flatMap((node) => node.lines);
  const kind = { dag: "steps", tree: "lines", graph: "worlds" }[made.shape];
  return `${title}: ${lines.length} ${kind}${wrong ? `; what is wrong: ${wrong}` : ""}`;
}

function box({ node, x, y, width, height }, shape) {
  const [left, top] = [x - width / 2, y - height / 2];
  const whole = shape === "tree" ? "" : (node.lines[0]?.status ?? "");
  const made = drawn("g", { class: `node ${shape} ${whole}` }, drawn("rect", { x: left, y: top, width, height, rx: shape === "graph" ? height / 2 : 6 }));
  node.lines.forEach((line, place) => {
    const at = top + 6 + ROW * (place + 0.5);
    if (shape === "tree" && line.status === "wrong") made.append(drawn("rect", { class: "fault", x: left + 3, y: at - ROW / 2, width: width - 6, height: ROW, rx: 4 }));
    const closed = line.text === "✗" ? "closed" : line.text === "□" ? "empty" : "";
    made.append(drawn("text", { class: `line ${line.status} ${closed}`, x: left + 11, y: at, "dominant-baseline": "central" },
      drawn("tspan", { class: "number" }, line.number ? `${line.number}. ` : ""), drawn("tspan", {}, line.text), drawn("tspan", { class: "reason" }, line.reason ? `   ${line.reason}` : "")));
  });
  return made;
}
