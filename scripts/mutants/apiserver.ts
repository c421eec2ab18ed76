/**
 * Slips in what becomes of the file that starts kube-apiserver: a webhook that is passed over, a file that is damaged.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const [PLAN, UNIT, KOPS] = ["plan", "unit", "kops"].map((name) => [`tests/cli/apiserver/${name}_test.ts`]) as [
  string[],
  string[],
  string[],
];

/** The mutants. */
export const APISERVER_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/cli/apiserver/plan.ts", PLAN, [
    ["a kubeconfig at the top is taken", `kubeconfig.split("/").length < 4`, `kubeconfig.split("/").length < 2`],
    ["any path is taken", `!isPlainPath(kubeconfig) ||`, ``],
  ]),
  ...mutantsOf("lib/cli/apiserver/flags.ts", PLAN, [
    ["an underscore is no dash", `name!.replaceAll("_", "-")`, `name!`],
    ["the first of several flags counts", `flags.findLast((flag)`, `flags.find((flag)`],
    ["the flag with underscores is not seen", `/authentication[-_]token[-_]`, `/authentication-token-`],
    ["the value in a word of its own is not read", `value ?? (hasNext ? next : "")`, `value ?? ""`],
    ["the value of another flag is the flag", `mayBeValue: /^--[^=]+$/.test(words[at - 1] ?? "")`, `mayBeValue: false`],
    ["the value in a word of its own is left behind", `hasNext ? [at, at + 1] : [at]`, `[at]`],
    [
      "a mount above counts more than a deeper one",
      `b.inside.length - a.inside.length`,
      `a.inside.length - b.inside.length`,
    ],
  ]),
  ...mutantsOf("lib/cli/apiserver/judge.ts", PLAN, [
    ["another webhook is replaced unasked", `if (!replace) throw otherWebhook(other, "it has");`, ``],
    [
      "ours behind another one is enough",
      `values.find((value) => value !== kubeconfig)`,
      `values.slice(-1).find((value) => value !== kubeconfig)`,
    ],
    [
      "a mount of another folder is taken for ours",
      `outsideOf(folder, mounts) === folder &&`,
      `outsideOf(folder, mounts) !== undefined &&`,
    ],
    ["the kubeconfig itself may come from elsewhere", ` && outsideOf(kubeconfig, mounts) === kubeconfig;`, `;`],
    ["a folder is mounted twice", `if (holder?.inside === folder) throw elsewhere(folder);`, ``],
    ["a folder in a read-only one is mounted", `if (holder?.isReadOnly) {`, `if (holder?.isReadOnly && false) {`],
  ]),
  ...mutantsOf("lib/cli/apiserver/pod.ts", [...PLAN, ...KOPS], [
    [
      "a part of a volume is the volume",
      "bare(below === undefined ? folder : `${bare(folder)}/${below}`)",
      "bare(folder)",
    ],
    [
      "a part by a variable is the volume",
      `folder !== undefined && valueAt(mount, "subPathExpr") === undefined`,
      `folder !== undefined`,
    ],
    ["any program is kube-apiserver", `words[at]?.split("/").at(-1) === "kube-apiserver"`, `words[at] !== undefined`],
  ]),
  ...mutantsOf("lib/cli/apiserver/static_pod.ts", [...PLAN, ...KOPS], [
    ["kOps's manifest is changed", `if (!isOfKops(file)) return`, `if (file !== undefined) return`],
    ["kOps's own flag is enough without a mount", ` && isMounted(kubeconfig, mountsOf(yaml.root, node));`, `;`],
    [
      "a runner gets the flag",
      `if (programOf([textOnLine(yaml, command.items[0]!)]) === undefined) {`,
      `if (command.items.length === 0) {`,
    ],
    ["the other webhook stays beside ours", `without: without("command"), added`, `without: [], added`],
    ["the other webhook stays in args", `without: without("args") }`, `without: [] }`],
    ["a volume of the name is taken for ours", `if (isThere && bare(`, `if (!isThere && bare(`],
    ["a second API server is passed over", `at === undefined || found.length > 1`, `at === undefined`],
    ["a flag from a variable is passed over", `if (/^[^=]*\\$\\(/.test(word)) throw`, `if (word === "") throw`],
    ["a form of the flag is passed over", `if (!isFlag || !hasValue) throw`, `if (!isFlag && !hasValue) throw`],
    ["a second flag in a value is passed over", `!mentionsWebhook(flag.value) &&\n    !/\\s/.test(flag.value)`, `true`],
    ["the value of another flag is the webhook", ` && !flag.mayBeValue &&`, ` &&`],
    ["the flag elsewhere in the container is passed over", `for (const { value } of rest) assertNoFlag(value);`, ``],
  ]),
  ...mutantsOf("lib/cli/apiserver/kops.ts", KOPS, [
    ["the name of kOps's file is all there is", `ANNOTATION.test(before) || `, ``],
    ["any file of the name is kOps's", ` && LABEL.test(before))`, `)`],
  ]),
  ...mutantsOf("lib/cli/apiserver/list_lines.ts", PLAN, [
    ["a tab is passed over", `if (tab > 0) throw`, `if (tab < 0) throw`],
    ["other ends of lines are passed over", `if (control > 0) {`, `if (control < 0) {`],
    ["an anchor is passed over", `if (reference !== undefined) {`, `if (reference === 0) {`],
    ["a merge key is passed over", `if (merge !== undefined) throw`, `if (merge === null) throw`],
    [
      "a text over several lines is one flag",
      `alone?.kind === "scalar" && alone.value === item.value`,
      `alone !== null`,
    ],
  ]),
  ...mutantsOf("lib/yaml/references.ts", ["tests/yaml/references_test.ts"], [
    ["a tag is none", `/^[&*!]/`, `/^[&*]/`],
  ]),
  ...mutantsOf("lib/cli/apiserver/rancher_config.ts", PLAN, [
    ["a list in a later file goes on", `found.findLastIndex(({ key }) => key === list)`, `-1`],
    [
      "a later file that takes over is not seen",
      `=== list);\n  if (later !== undefined)`,
      `=== list);\n  if (later === null)`,
    ],
    [
      "a later file that goes on is taken for one that takes over",
      `.find(({ yaml }) => keyIn(yaml, list) === list)`,
      `.find(({ yaml }) => keyIn(yaml, list) !== undefined)`,
    ],
    ["the webhook of another file is passed over", `if (other !== undefined) {`, `if (other === null) {`],
    ["a file of the folder takes over from the main one", "isBeside(path) ? `${list}+` : list", "list"],
    ["files count by their length", `a, b) => place(a) < place(b)`, `a, b) => place(a).length < place(b).length`],
    ["a form of the flag is passed over", `if (!isRead) {`, `if (flag === null) {`],
    ["arguments of the service are passed over", `if (list !== undefined) {`, `if (list === null) {`],
    ["another config file is passed over", `if (config !== undefined) {`, `if (config === null) {`],
    ["what a later file says of mounts is passed over", `assertCounts(configs, own, MOUNTS);`, ``],
  ]),
  ...mutantsOf("lib/cli/apiserver/unit.ts", UNIT, [
    ["a remark ends a command", `if (isComment(line)) continue;`, ``],
    [
      "a variable of several words is one word",
      `return wordsOf(variables.get(word.slice(1)) ?? "");`,
      `return [variables.get(word.slice(1)) ?? ""];`,
    ],
    ["an unknown escape is its letter", `return ESCAPES.get(escape);`, `return ESCAPES.get(escape) ?? escape;`],
    ["a word that cannot be read is left out", `parts?.every((part) => part !== undefined) ?`, `parts !== undefined ?`],
    ["variables of a unit count more than those of files", `[...set, ...read]`, `[...read, ...set]`],
    ["files that were taken back are read", `if (value === "") files.length = 0;`, `if (value === "") continue;`],
    ["an open quote is closed", `if (quote !== "") return undefined;`, ``],
  ]),
  ...mutantsOf("lib/cli/apiserver/unit_drop_in.ts", UNIT, [
    [
      "a webhook of the unit is replaced unasked",
      `if (other !== undefined && !replace) throw`,
      `if (other === undefined && replace) throw`,
    ],
    ["a webhook of our drop-in is replaced unasked", `&& !webhook.replace) throw`, `&& webhook.replace) throw`],
    ["a drop-in of another hand is overwritten", `if (!isOurs) throw`, `if (reset === null) throw`],
    [
      "another drop-in with a command is passed over",
      `text.split("\\n").some((line) => EXEC_START.test(line))`,
      `text === ""`,
    ],
    [
      "variables that cannot be read are passed over",
      `if (!isOptional || isPattern(path)) {`,
      `if (!isOptional && isPattern(path)) {`,
    ],
    ["several commands are one", `if (words.includes(";")) throw`, `if (words.includes("")) throw`],
    ["a second ExecStart is passed over", `starts.length > 1 || `, ``],
    [
      "a remark names a webhook",
      `linesOf(text).flatMap(mentionedWebhooks)`,
      `mentionedWebhooks(text)`,
    ],
  ]),
];
