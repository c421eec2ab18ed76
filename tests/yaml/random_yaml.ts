import { below, pick, type Random } from "../support/seeded_random.ts";

/** Values in every form, harmless ones and those that make lines depend on one another. */
const VALUES = [
  "plain",
  '"quoted # text"',
  "'it''s'",
  "012",
  "~",
  "",
  "|\n      many\n      # lines\n",
  ">-\n      folded\n",
  "{a: 1}",
  "[x, y]",
  "[x, # of x\n      y]",
  "[]",
  "&anchor x",
  "*anchor",
];

const NOISE = ["", "", "", "# note: - x\n", "\n", "      # deep\n", "   \n"];

/** A list in brackets or with dashes, as somebody may have written it; with some, no editor can know what was meant. */
export function randomList(random: Random): string {
  return below(3, random) === 0 ? flowList(random) : blockList(random);
}

/** A map that holds a list, between other keys. */
export function randomMap(random: Random): string {
  const after = pick(["", "after: {a:   1, b: [c]}\n", "after:\n  a: x # c\n", "# tail\n", "after: x"], random);
  return `${pick(["", "---\n", "# head\n"], random)}before: [1,   2]\nlist:${comment(random)}\n${
    randomList(random)
  }${after}`;
}

/** The same with other line ends, without the last one, or behind a byte order mark. */
export function inOtherHands(text: string, random: Random): string {
  return pick([text, text, text.replaceAll("\n", "\r\n"), text.replace(/\n$/, ""), `\uFEFF${text}`], random);
}

function flowList(random: Random): string {
  const items = Array.from(
    { length: below(4, random) },
    () => pick(["{a: 1}", "x", '"y"', "&anchor z", "*anchor", "{a: 1, a: 2}", "{a: {b: c}}"], random),
  );
  const separator = pick([", ", ",", ",\n  ", ", # between\n  "], random);
  return `${pick(["", "# head\n"], random)}${pick(["[", "[\n  ", "[ "], random)}${items.join(separator)}${
    pick(["]", "]\n", ",]\n", "\n]\n", "] # end\n"], random)
  }`;
}

function blockList(random: Random): string {
  const indent = " ".repeat(below(3, random));
  const gap = " ".repeat(1 + below(2, random));
  const items = Array.from({ length: below(4, random) }, () => {
    const text = below(3, random) === 0 ? line(random) : blockMap(indent + " " + gap, random);
    return `${indent}-${gap}${text}${pick(NOISE, random)}`;
  });
  return pick(NOISE, random) + items.join("") + pick(["", "", "", "...\n", "---\n- x\n"], random);
}

function blockMap(indent: string, random: Random): string {
  const keys = pick([["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a", "a"]], random);
  return keys.map((key, i) => `${i === 0 ? "" : indent}${key}: ${line(random)}${pick(NOISE, random)}`).join("");
}

function line(random: Random): string {
  const value = pick(VALUES, random);
  return value.endsWith("\n") ? value : `${value}${comment(random)}\n`;
}

function comment(random: Random): string {
  return pick(["", "", " # c"], random);
}
