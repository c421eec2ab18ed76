import assert from "node:assert/strict";
import { itemsOf } from "../support/project/page_items.ts";
import { differences, isLanguageLink, type TranslatedPage, type Translation } from "../support/project/translation.ts";

/** What is only for AWS is left out: the Chinese pages link to the English one for it. */
const TRANSLATIONS: readonly Translation[] = [
  { from: "README.md", to: "README.zh-CN.md" },
  { from: "docs/alibaba.md", to: "docs/zh-CN/alibaba.md" },
  {
    from: "docs/login.md",
    to: "docs/zh-CN/login.md",
    withoutItems: [
      "ram-auth token -i my-cluster -r arn:aws:",
      "| use an MFA device (AWS)",
      "The prompt for an MFA code",
    ],
    withoutTexts: [", [AWS](aws.md)", "; `--policy-arn` (AWS)"],
  },
  {
    from: "docs/migrate-from-ack-ram-authenticator.md",
    to: "docs/zh-CN/migrate-from-ack-ram-authenticator.md",
    // Whether somebody gains rights is no matter of words.
    terms: [["(more rights)", "（权限变大）"], ["(fewer rights)", "（权限变小）"], ["(another name)", "（名称不同）"]],
  },
  {
    from: "docs/troubleshooting.md",
    to: "docs/zh-CN/troubleshooting.md",
    withoutItems: [
      "ram-auth explain -c /etc/ram-auth/config.yaml arn:aws:",
      "| `differs by path`",
      "| `sso: the permission set's role has another ending now`",
      "| `differs by partition`",
      "- `AWS_PROFILE` names a profile",
      "- A profile with MFA needs a terminal",
    ],
    withoutTexts: [
      "set `server.partition` for another partition; ",
      "`aws sts get-caller-identity` or ",
      ", such as another partition than `server.partition`",
      " (or, for AWS, `AWS_CA_BUNDLE`)",
      " For an expired SSO session of AWS, run `aws sso login`.",
      "; if it requires MFA (AWS), `--mfa-serial`",
      " (with AWS, `iamidentitymappings`)",
      " (with AWS, `aws-auth`)",
    ],
  },
];

const PAGES: readonly TranslatedPage[] = await Promise.all(TRANSLATIONS.map(async (translation) => ({
  ...translation,
  fromText: await Deno.readTextFile(translation.from),
  toText: await Deno.readTextFile(translation.to),
})));

/** What to do, for whoever reads no Chinese. */
const HINT = 'see "Translations" in CONTRIBUTING.md';

for (const page of PAGES) {
  Deno.test(`${page.to} has the parts, code, links and numbers of ${page.from}`, () => {
    const found = differences(page, PAGES);
    assert.ok(found.length === 0, `${found.join("\n")}\n${HINT}`);
  });
}

Deno.test("every Chinese page is a translation of one in English, and each links to the other in a line of its own", () => {
  const pages = ["README.zh-CN.md", ...[...Deno.readDirSync("docs/zh-CN")].map(({ name }) => `docs/zh-CN/${name}`)];
  assert.deepEqual(pages.sort(), PAGES.map(({ to }) => to).sort());
  for (const { from, to, fromText, toText } of PAGES) {
    const folder = from.slice(0, from.lastIndexOf("/") + 1);
    const links = [fromText, toText].map((text) => itemsOf(text).map(({ text }) => text).filter(isLanguageLink));
    const back = to.slice(folder.length).includes("/") ? `../${from.slice(folder.length)}` : from;
    assert.deepEqual(links, [[`[简体中文](${to.slice(folder.length)})`], [`[English](${back})`]], from);
  }
});

/** What is not said in the Chinese pages, and what is said instead: the terms of ACK, RAM and Kubernetes. */
const INSTEAD: readonly (readonly [said: RegExp, instead: string])[] = [
  [/凭证/, "凭据"],
  [/主节点|master 节点/i, "控制平面节点"],
  [/API 服务器/, "API Server"],
  [/(担任|承担)\S*角色/, "扮演（角色）"],
  [/账户|帐/, "账号"],
  [/访问密钥/, "AccessKey"],
  [/(?<!其)你/, "您"],
];

Deno.test("the Chinese pages use one term for each thing, and are set as Chinese is", () => {
  const found = PAGES.flatMap(({ to, toText }) =>
    itemsOf(toText).filter(({ kind }) => !kind.startsWith("code ")).flatMap(({ kind, line, text }) => [
      ...INSTEAD.flatMap(([said, instead]) => said.test(text) ? [`${to}:${line}: say ${instead}`] : []),
      ...(kind === "drawing" ? [] : faultsOf(text).map((fault) => `${to}:${line}: ${fault}`)),
    ])
  );
  assert.ok(found.length === 0, found.join("\n"));
});

const HAN = "\\p{Script=Han}";
const FULL_WIDTH = "，。；：！？、（）“”";
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`${HAN}[A-Za-z0-9\`]|[A-Za-z0-9\`]${HAN}`, "u"), "a space stands between Chinese and Latin letters"],
  [new RegExp(`${HAN} ${HAN}`, "u"), "no space, and no line break, stands between Chinese characters"],
  [new RegExp(`[${FULL_WIDTH}] | [${FULL_WIDTH}]`), "no space, and no line break, stands beside Chinese punctuation"],
  [new RegExp(`${HAN} ?[,;:!?()]`, "u"), "the punctuation of Chinese is full-width"],
];

/** What is wrong with a line of Chinese, be it right as a sentence. */
function faultsOf(text: string): readonly string[] {
  const cells = text.replaceAll(/\]\([^)]*\)/g, "").replaceAll("[", "").replaceAll(/`[^`]+`/g, "`x`").split("|");
  const plain = cells.map((cell) => cell.replaceAll("**", "").trim());
  const faults = FAULTS.filter(([fault]) => plain.some((cell) => fault.test(cell)));
  const bold = text.split("**");
  const broken = bold.filter((part, index) =>
    index % 2 === 1 && (/[^\p{L}\p{N}]$/u.test(part) && /^[\p{L}\p{N}]/u.test(bold[index + 1] ?? "") ||
      /^[^\p{L}\p{N}]/u.test(part) && /[\p{L}\p{N}]$/u.test(bold[index - 1] ?? ""))
  );
  return [
    ...faults.map(([fault, why]) => `${why}: ${plain.map((cell) => fault.exec(cell)?.[0]).find((hit) => hit)}`),
    ...broken.map((part) => `punctuation at the edge of bold text keeps it from being bold: **${part}**`),
  ];
}

Deno.test("a line of Chinese is judged by how it is set", () => {
  for (
    const right of [
      "在 `ram-auth` 中",
      "见[下文](#a)，或 [ADR 21](b)。",
      "**登录**：用 2 个 Pod",
      "| 没有 | `x`、`y` |",
      "**用 `x`**，是",
    ]
  ) assert.deepEqual(faultsOf(right), [], right);
  for (
    const wrong of [
      "在`ram-auth` 中",
      "令牌和 密钥",
      "令牌， 密钥",
      "令牌,密钥",
      "令牌 (密钥)",
      "**登录。**用",
      "共3 个",
      "在 [x](a)中",
    ]
  ) assert.equal(faultsOf(wrong).length, 1, wrong);
});
