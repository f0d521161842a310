// The results in files: as Markdown, and as JSON with all samples.
import { cpus, totalmem } from "node:os";
import { versionsOf } from "./sides.mjs";
import { tableOf } from "./table.mjs";

/** What the numbers of the workloads stand for. */
const FAMILIES = {
  W1: "an echo call in memory, 64 in flight",
  W2: "an echo call over stdio, 64 in flight; the latency of one after the other",
  W3: "the same over HTTP, on 64 connections",
  W4: "a tool that sends 1,000 progress notifications: in one turn of the event loop (burst), or one in each (drip)",
  W5: "a client that calls a server which gives answers made before, 64 in flight",
  W6: "a result, and arguments, of 10 MB",
  W7: "from the start of a process to its first list of tools over stdio; the import alone",
  W8: "a server with 1,000 tools; what an idle session, and an open stream, keep on the heap",
  W9: "a call over stdio with 20 nested fields and structured output, both checked, 64 in flight",
};

function facts({ sides, command }) {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    peers: Object.fromEntries(sides.filter(({ peer }) => peer).map((side) => [side.name, versionsOf(side)])),
    command,
  };
}

const cell = (text) => text.replaceAll("|", "\\|");
const markdownRow = (texts) => `| ${texts.map(cell).join(" | ")} |`;

export function asMarkdown(report) {
  const { date, machine, node, peers, command } = facts(report);
  const { head, line } = tableOf(report.sides);
  const peerText = Object.entries(peers).map(([name, versions]) => `${name} is ${versions.join(", ")}`);
  const families = Object.entries(FAMILIES).filter(([family]) => report.rows.some(({ id }) => id.startsWith(family)));
  return `${[
    `\`${command}\`, ${date}, Node ${node}, ${machine}.${peerText.length === 0 ? "" : ` Peers: ${peerText.join("; ")}.`}`,
    "",
    markdownRow(head),
    `|${head.map((_, index) => (index === 0 ? "---|" : "---:|")).join("")}`,
    ...report.rows.map((row) => markdownRow(line(row))),
    "",
    ...report.verdict.lines,
    "",
    ...families.map(([family, text]) => `- ${family}: ${text}`),
  ].join("\n")}\n`;
}

export function asJson(report) {
  return `${JSON.stringify({ ...facts(report), passed: report.verdict.passed, rows: report.rows }, undefined, 2)}\n`;
}
