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

/** The change itself, on a node. */
const ENGINE = [
  "tests/cli/apiserver/waiting_test.ts",
  "tests/cli/apiserver/intruders_test.ts",
  "tests/cli/apiserver/killed_test.ts",
  "tests/cli/apiserver/interrupt_test.ts",
  "tests/cli/apiserver/kubeadm_test.ts",
  "tests/cli/apiserver/restart_test.ts",
  "tests/cli/apiserver/undo_test.ts",
  "tests/cli/apiserver/running",
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
  ...mutantsOf("lib/cli/apiserver/configure.ts", ENGINE, [
    ["nobody looks whether it is healthy already", `isFirst && health.kind === "sick"`, `false`],
    ["nobody looks whether the servers can be told apart", `isFirst && unsure !== undefined`, `false`],
    ["a refusal is enough whatever was before", `takesRefusal: health.kind !== "healthy",`, `takesRefusal: true,`],
    [
      "what a killed run left is taken for done",
      `plan.isConfigured ? await leftChange(task, text) : undefined`,
      `undefined`,
    ],
    ["an interruption leaves the change", `throw await takeBack(task, change, error);`, `throw error;`],
    ["a sick server is left as it is", `if (!seen.isHealthy) await rollBack(task, watch, change, seen.state);`, ``],
    ["others may write the kubeconfig", `if (misfit === undefined) continue;`, `continue;`],
  ]),
  ...mutantsOf("lib/cli/apiserver/wait.ts", ENGINE, [
    ["one look is enough", `const LOOKS_WANTED = 3;`, `const LOOKS_WANTED = 1;`],
    ["servers that follow each other are one", ` || (before !== undefined && who !== before)`, ``],
    ["every kubeconfig is ours", `valueOf(flagsOf(words), WEBHOOK_FLAG) === kubeconfig`, `true`],
    [
      "a restart that failed is no failure",
      `if (restarted.kind === "failed")`,
      `if (restarted.kind === "failed" && false)`,
    ],
  ]),
  ...mutantsOf("lib/cli/apiserver/target_file.ts", ENGINE, [
    ["somebody else's change is overwritten", `if (found?.text !== from) throw`, `if (false) throw`],
    [
      "a link is written through",
      `if (info?.isFile && isItself) return found;`,
      `if (found !== undefined) return found;`,
    ],
    ["the draft is a name that the kubelet runs", `    hidesDraft: true,\n`, ``],
    ["drafts of killed runs stay", `  await removeDrafts(world, hiddenName(path));\n`, ``],
    ["the mode is lost", `found?.facts ?? {`, `{`],
  ]),
  ...mutantsOf("lib/cli/apiserver/backup.ts", ENGINE, [
    ["the folder may be another user's", `!trusted.includes(uid) ||`, ``],
    ["everybody may write in the folder", `(mode & WRITTEN_BY_OTHERS) !== 0 && !isSticky`, `false`],
    ["a sticky backup folder is taken", `path !== realPath && (mode & STICKY)`, `(mode & STICKY)`],
    ["folders above are not looked at", `for (let length = 1;`, `for (let length = parts.length;`],
    ["a second change makes the first one the original", `[before.applied, before.replaced].includes(from)`, `false`],
    [
      "a killed second change makes the first one the original",
      `[before.applied, before.replaced]`,
      `[before.applied]`,
    ],
    ["a run that is killed leaves no note", `await write(world, at.pending, isOurs ? from : "");`, ``],
  ]),
  ...mutantsOf("lib/cli/apiserver/undo.ts", ENGINE, [
    ["what was changed since is overwritten", `if (!isKnown) {`, `if (text === "") {`],
    ["what is left of a change is passed over", `&& isWithoutWebhook(file, kubeconfig)`, ``],
    [
      "the server of the change may go on",
      `awaitOriginal(task, watch)`,
      `Promise.resolve({ isHealthy: true, state: "" })`,
    ],
  ]),
  ...mutantsOf("lib/cli/apiserver/running/witness.ts", ENGINE, [
    [
      "the old server is taken for the new one",
      `if (this.#hasOld) return { missing: "the old kube-apiserver still runs" };`,
      ``,
    ],
    [
      "no process is needed",
      `if (pids.length === 0) return { missing: "no kube-apiserver with the flag runs yet" };`,
      ``,
    ],
  ]),
  ...mutantsOf("lib/cli/apiserver/running/shell.ts", ENGINE, [
    ["the environment is the caller's", `      clearEnv: true,\n`, ``],
    ["a text may take for ever", `setTimeout(() => giveUp(`, `setTimeout(() => void (`],
  ]),
  ...mutantsOf("lib/state/file_lock.ts", ["tests/cli/apiserver/two_at_once_test.ts", "tests/state"], [
    ["everybody has the lock", `|| !await file.tryLock(true)) return undefined;`, `) return undefined;`],
    [
      "a lock that was taken away counts",
      `if (identityOf(await world.fs.lstat(path)) !== identityOf(name)) return undefined;`,
      ``,
    ],
  ]),
];
