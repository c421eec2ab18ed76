import assert from "node:assert/strict";
import { differences, type Translation } from "../support/project/translation.ts";

const ENGLISH = `# Page

[简体中文](zh-CN/page.md)

Run \`one\` within 15 seconds, see [below](#second-part) and [other](other.md).

## AWS only

Gone.

### Gone, too

- gone

## Second part

\`\`\`sh
one --flag   # as root
\`\`\`

| A | B |
| --- | --- |
| \`a\` | is (safe) |
| \`aws\` | gone |

- \`b\`: UTF-8, or with AWS \`c\`
`;
const CHINESE = `# 页

[English](../page.md)

在 15 秒内运行 \`one\`，参见[下文](#第二节)和[其他](../other.md)。

## 第二节

\`\`\`sh
one --flag   # 以 root 身份
\`\`\`

| 甲 | 乙 |
| --- | --- |
| \`a\` | 是（安全） |

- \`b\`：UTF-8
`;
const SAMPLE: Translation = {
  from: "docs/page.md",
  to: "docs/zh-CN/page.md",
  withoutSections: ["AWS only"],
  withoutItems: ["| `aws`"],
  withoutTexts: [", or with AWS `c`"],
  terms: [["(safe)", "（安全）"]],
};

function compared(fromText: string, toText: string, translation = SAMPLE): readonly string[] {
  const page = { ...translation, fromText, toText };
  return differences(page, [page]);
}

Deno.test("a translation that leaves out what it may differs in nothing", () => {
  assert.deepEqual(compared(ENGLISH, CHINESE), []);
});

for (
  const [what, [from, to], found] of [
    ["a command", ["one --flag", "one --flog"], [
      /page\.md:10 "one --flog" is another.*docs\/page\.md:18 "one --flag"/,
    ]],
    ["a number", ["15 秒", "5 秒"], [/zh-CN\/page\.md:5 \(docs\/page\.md:5\) lacks 15$/, /page\.md:5 .* has 5, which/]],
    ["code in a sentence", ["`one`", "`two`"], [/lacks `one`$/, /has `two`/]],
    ["a link to a heading", ["(#第二节)", "(#页)"], [/lacks a link to docs\/zh-CN\/page\.md#第二节$/, /#页, which/]],
    ["a link that could be Chinese", ["(#第二节)", "(../page.md#second-part)"], [
      /lacks a link/,
      /page\.md#second-part/,
    ]],
    ["a link to another file", ["../other.md", "other.md"], [/to docs\/other\.md$/, /to docs\/zh-CN\/other\.md/]],
    ["a term", ["（安全）", "（危险）"], [/page\.md:15 \(docs\/page\.md:23\) lacks （安全）/]],
    ["a row that is missing", ["| `a` | 是（安全） |\n", ""], [
      /docs\/page\.md:23 .* stands against docs\/zh-CN\/page\.md:16 /,
      /the section has 5 parts in docs\/page\.md, and 4 in/,
    ]],
    ["a paragraph of its own", ["\n## 第", "\n这里多了一段。\n\n## 第"], [
      /against docs\/zh-CN\/page\.md:7/,
      /has 2 parts/,
    ]],
    ["a heading that is missing", ["## 第二节\n", ""], [/docs\/page\.md:15 "## Second part" stands against/]],
    ["a heading of another depth", ["## 第", "### 第"], [/the same headings in the same order/]],
  ] as readonly (readonly [string, readonly [string, string], readonly RegExp[]])[]
) {
  Deno.test(`of a translation that differs by ${what}, both lines are named`, () => {
    const changed = CHINESE.replaceAll(from, to);
    assert.notEqual(changed, CHINESE);
    const differing = compared(ENGLISH, changed);
    for (const wanted of found) {
      assert.ok(differing.some((text) => wanted.test(text)), `${differing.join("\n")}\n${wanted}`);
    }
  });
}

Deno.test("what a translation leaves out and the page no longer has is named", () => {
  for (const key of ["withoutSections", "withoutItems", "withoutTexts"] as const) {
    const found = compared(ENGLISH, CHINESE, { ...SAMPLE, [key]: [...SAMPLE[key]!, "nowhere"] });
    assert.deepEqual(found, ["docs/page.md does not have what docs/zh-CN/page.md leaves out: nowhere"]);
  }
});
