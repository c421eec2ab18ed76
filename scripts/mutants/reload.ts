/**
 * Slips in what a running server takes up: the config file, its reservations, the other sources, and the wires between
 * settings and server.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const FILES = ["tests/server/sources/dynamic_file_test.ts", "tests/server/sources/overlapping_loads_test.ts"];
const CONFIG = [
  "tests/server/sources/overlapping_loads_test.ts",
  "tests/cli/serve/config_reader_test.ts",
  "tests/cli/serve/server_wiring_test.ts",
  "tests/server/sources/live_chain_test.ts",
];
const CONFIG_MAP = ["tests/server/sources/config_map_test.ts", "tests/server/sources/config_map_watch_test.ts"];
const RESOURCES = [
  "tests/server/sources/custom_resources_test.ts",
  "tests/server/sources/custom_resources_watch_test.ts",
];
const WIRES = ["tests/cli/serve/server_wiring_test.ts", "tests/cli/serve/config_reader_test.ts"];

/** Those of `lib/server/sources/` and `lib/cli/serve/`. */
export const RELOAD_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/server/sources/cluster_following.ts", ["tests/server/sources/cluster_following_test.ts"], [
    ["a kubeconfig that cannot be used ends the start", `if (files.size === 0) throw cause;`, `throw cause;`],
    ["what no file could mend starts", `if (files.size === 0) throw cause;`, ``],
    ["a changed kubeconfig waits for a restart", `if (!signal.aborted) files = await tryNow();`, ``],
    [
      "the old connection goes on beside the new one",
      `await stopRunning?.();\n      stopRunning = begin`,
      `stopRunning = begin`,
    ],
    ["an outage is not told", `if (stopRunning === undefined) onTrouble(why);`, ``],
  ]),
  ...mutantsOf("lib/cli/serve/config_reader.ts", CONFIG, [
    [
      "reservations wait for a restart",
      `reserved.clear();\n    for (const [mode, entry] of entries) reserved.set(mode, entry);`,
      ``,
    ],
    ["a reservation that is gone stays", `reserved.clear();`, ``],
    [
      "the deny list waits for a restart",
      `await takeDenyList(next);`,
      `if (inForce === undefined) await takeDenyList(next);`,
    ],
    [
      "a changed reservation is not reported",
      `JSON.stringify([...reserved]) !== JSON.stringify([...entries])`,
      `false`,
    ],
    ["another cluster's file is taken", `next.get("cluster-id") !== started.get("cluster-id")`, `false`],
    [
      "a file that lost its mappings is taken",
      `isBlank(next) && !isBlank(inForce)`,
      `isBlank(next) && isBlank(inForce) && false`,
    ],
    ["the file is never read again", `inForce === undefined ? settings : await readAgain()`, `settings`],
    [
      "there is no warning of what is wrong with the file",
      `problems.filter((one) => !warnings.includes(one))`,
      `problems.filter((one) => warnings.includes(one))`,
    ],
    [
      "what waits for a restart is compared with the reload before",
      `waiting = changedOptions(settings, next, "on a restart");`,
      `waiting = changedOptions(inForce ?? settings, next, "on a restart");`,
    ],
    ["clouds that follow from the rules wait unseen", `name === "clouds" ? acceptedClouds(settings).clouds : `, ``],
    ["a changed log level waits for a restart", `log.setLevel(next.get("log-verbosity"));`, ``],
    ["what is wrong with the file is forgotten", `    warnings = problems;\n`, ``],
  ]),
  ...mutantsOf("lib/server/sources/live_chain.ts", CONFIG, [
    [
      "the config file is not read anew where it maps nobody",
      `if (config === undefined || running.has("MountedFile")) return;`,
      `return;`,
    ],
    ["a config file that cannot be read is reported to nobody", `configFailure = why;`, ``],
    [
      "a config file that was mended is still warned of",
      `(await read()).takeUp?.();\n      configFailure = undefined;`,
      `(await read()).takeUp?.();`,
    ],
    [
      "sources are asked in the order of their start",
      `order = wanted.map((mode) => running.get(mode)!.live);`,
      `order = [...running.values()].map(({ live }) => live);`,
    ],
    [
      "a source that is switched off is still asked",
      `for (const mode of [...running.keys()]) if (!wanted.includes(mode)) await end(mode);`,
      ``,
    ],
    ["the file of modes is not read at the start", `if (modeFile !== undefined) await follow();`, ``],
    ["two reloads read the config file at once", `const followConfig = inTurn(`, `const followConfig = (`],
    ["a reload leaves the config file", `await followConfig();\n      await Promise`, `await Promise`],
  ]),
  ...mutantsOf("lib/mapping/rule_source.ts", [
    "tests/cli/serve/config_reader_test.ts",
    "tests/mapping/last_good_test.ts",
    "tests/mapping/chain_test.ts",
  ], [
    ["reservations are forgotten", `inForce?.reserved ?? new Map()`, `new Map()`],
    ["last good rules are not kept", `keepingLastGood(inForce?.settled, read)`, `keepingLastGood(undefined, read)`],
    [
      "a source that was not read maps nobody",
      `if (inForce === undefined) throw`,
      `if (inForce === undefined) return undefined;\n      if (inForce === null) throw`,
    ],
    ["nobody is warned of names", `parsed.problems.concat(warnings)`, `parsed.problems`],
  ]),
  ...mutantsOf("lib/server/sources/dynamic_file.ts", FILES, [
    ["a section that cannot be read empties it", `if (hasGood) assertReadable(parsed);`, ``],
    [
      "the first read wants every section",
      `if (hasGood) assertReadable(parsed);`,
      `assertReadable(parsed);`,
    ],
  ]),
  ...mutantsOf("lib/server/sources/taking.ts", [
    "tests/server/sources/taking_test.ts",
    "tests/server/sources/overlapping_loads_test.ts",
  ], [
    ["loads overlap", `if (!isBusy) void run();`, `void run();`],
    [
      "the first of many changes is taken up after the last",
      `waiting = { change, done:`,
      `waiting ??= { change, done:`,
    ],
    ["there is no rest after a change", `REST_FACTOR * (endMs - startMs)`, `0`],
    ["a demand waits for the rest", `hurry.abort();`, ``],
    ["what waits is taken up after the end", `if (!signal.aborted) {`, `if (true) {`],
    ["few changes are many", `if (changes >= MANY_CHANGES) report(changes);`, `report(changes);`],
  ]),
  ...mutantsOf("lib/yaml/entries.ts", ["tests/yaml/entries_test.ts"], [
    [
      "a value that goes on over lines becomes entries",
      `if (openQuotes(part).some(({ quote }) => mayGoOn(text, behind, quote))) return undefined;`,
      ``,
    ],
    ["a quote that another one closes spoils the list", `end.test(text) && BEHIND_TEXT.test(`, `end.test(text) || (`],
    ["entries behind the end of a document count", `if (indentOf(MARKER, lines[i]!) <= own) return undefined;`, ``],
    ["the entries together may hold any number of values", `if (values > MAX_NODES) return undefined;`, ``],
    ["an entry that stands too far left counts", `if (part.indent === own) return [read];`, `return [read];`],
    ["what stands deeper need not be like the entry", `if (!deeper.every(isLike)) return undefined;`, ``],
  ]),
  ...mutantsOf("lib/mapping/refused_by_text.ts", [
    "tests/mapping/refused_by_text_test.ts",
    "tests/mapping/broken_entries_test.ts",
  ], [
    ["comments name somebody", `text.replace(COMMENT, "$1")`, `text`],
    ["one ARN of two that cannot be read is forgotten", `arns.size === 0 || `, `arns.size === 0 && `],
    ["a permission set is not seen", `if (set !== undefined) arns.set`, `if (set === undefined) arns.set`],
  ]),
  ...mutantsOf("lib/mapping/forms/config_map_sections.ts", ["tests/mapping/broken_entries_test.ts"], [
    [
      "a text that says nothing takes the rules away",
      `broken.length > 0 && broken.length === items.length &&`,
      `broken.length < 0 &&`,
    ],
    ["an unreadable section refuses nobody", `parsed.rules.concat(refusals)`, `parsed.rules`],
  ]),
  ...mutantsOf("lib/yaml/usual_yaml.ts", ["tests/yaml/usual_yaml_test.ts"], [
    ["a key may come twice", `entries.some((entry) => entry.key === key)`, `false`],
    ["a comment needs no space before it", `if (isBehindSpace) this.#skipComment();`, `this.#skipComment();`],
    ["a backslash means nothing", `quote === DOUBLE && code === BACKSLASH`, `false`],
    ["every number is read", `parseInt(text, 10) : this.#giveUp()`, `parseInt(text, 10) : Number(text)`],
    ["what stands behind the document is left out", `if (this.#at < this.#text.length) this.#giveUp();`, ``],
  ]),
  ...mutantsOf("lib/server/sources/mounted_file.ts", [
    "tests/server/sources/overlapping_loads_test.ts",
    "tests/server/sources/mounted_file_test.ts",
  ], [
    ["a section that cannot be read empties it", `assertReadable(content.parsed);`, ``],
    ["a failed reload is forgotten", `lastFailure = world.now().toISOString();`, ``],
    ["a failure stays reported", `lastFailure = undefined;`, ``],
  ]),
  ...mutantsOf("lib/server/sources/backend_modes.ts", [
    "tests/server/sources/backend_modes_test.ts",
    "tests/server/sources/live_chain_test.ts",
  ], [
    [
      "the file of modes is passed over",
      `return text === undefined ? modes : modesOf(await readYaml(text), clouds);`,
      `return modes;`,
    ],
    ["a source may come twice", `if (new Set(modes).size < modes.length)`, `if (false)`],
    ["no source is a choice", `if (modes.length === 0)`, `if (false)`],
    ["unknown sources are left out", `if (mode === undefined) {`, `if (mode === null) {`],
    ["the key may come twice", `|| others.length > 0`, ``],
  ]),
  ...mutantsOf("lib/server/sources/config_map.ts", CONFIG_MAP, [
    [
      "a ConfigMap that changed while the watch was away is passed over",
      `        else found(one);`,
      `        else if (latest === undefined) found(one);`,
    ],
    [
      "a ConfigMap that did not change is announced again after each list",
      `if (!isChange && !wasAbsent) return;`,
      ``,
    ],
    [
      "a ConfigMap that was deleted while the watch was away stays",
      `if (one === undefined) gone();`,
      `if (one === undefined) return;`,
    ],
    ["a ConfigMap that is deleted stays", `if (type === "DELETED") gone();`, `if (type === "DELETED") return;`],
    ["another ConfigMap of a list counts", `items.find(({ metadata }) => metadata.name === name)`, `items[0]`],
    ["another ConfigMap of an event counts", `if (object.metadata.name !== name) return;`, ``],
    ["all ConfigMaps of the namespace are asked for", `, fieldSelector: \`metadata.name=\${name}\` };`, ` };`],
    [
      "a section that cannot be read empties it",
      `parsed.unreadable.length > 0 && hasGood;`,
      `parsed.unreadable.length > 0 && !hasGood;`,
    ],
    [
      "the first that cannot be read whole is not used at all",
      `parsed.unreadable.length > 0 && hasGood;`,
      `parsed.unreadable.length > 0;`,
    ],
    ["one that is made anew is kept out by what was before it was deleted", `hasGood = false;\n      log`, `log`],
    [
      "what was wrong before a deletion is still reported",
      `unread = undefined;\n      hasGood = false;`,
      `hasGood = false;`,
    ],
    ["one that came is still reported absent", `{\n      isAbsent = false;`, `{`],
    [
      "reservations are forgotten",
      `source.replacing({ parsed, reserved })`,
      `source.replacing({ parsed, reserved: new Map() })`,
    ],
    ["a failed reload is not counted", `metrics.countReloadFailure();`, ``],
    ["a failed watch is not counted", `onFailure: () => metrics.countConfigMapWatchFailure(),`, `onFailure: () => {},`],
    ["trouble of the watch is not reported", `report.trouble(why);\n        if`, `if`],
    ["the last object is forgotten, so that a reload cannot read it", `latest = object;`, ``],
    ["a deletion is announced again and again", `if (isAbsent) return;`, ``],
  ]),
  ...mutantsOf("lib/server/sources/custom_resources.ts", RESOURCES, [
    ["before they are read, resources map nobody", `if (!kind.isRead) {`, `if (kind.isRead === undefined) {`],
    [
      "an identity is looked for among another cloud's resources",
      `kinds.find(({ cloud }) => cloud.id === identity.cloud)`,
      `kinds[0]`,
    ],
    ["reservations are forgotten", `createNamePolicy("CRD", reserved)`, `createNamePolicy("CRD", new Map())`],
    ["whoever is let in is not passed to the status", `if (rule !== undefined) kind.matched(rule, identity);`, ``],
    [
      "it is ready once one kind is read",
      `kinds.every((kind) => kind.isRead)`,
      `kinds.some((kind) => kind.isRead)`,
    ],
  ]),
  ...mutantsOf("lib/server/sources/resource_kind.ts", RESOURCES, [
    [
      "a change of the status alone counts as one of the rule",
      `type !== "MODIFIED" || !this.#known.saysTheSame(object)`,
      `true`,
    ],
    [
      "a resource that is made anew is taken for the old one",
      `type !== "MODIFIED" || !this.#known.saysTheSame(object)`,
      `!this.#known.saysTheSame(object)`,
    ],
    [
      "a changed resource stays as it was",
      `type !== "MODIFIED" || !this.#known.saysTheSame(object)`,
      `type !== "MODIFIED"`,
    ],
    [
      "a resource that is deleted stays",
      `type === "DELETED" ? undefined : this.#known.read(object)`,
      `this.#known.read(object)`,
    ],
    ["a kind that is not installed any more keeps its rules", `atOnce(this.#known.replacingAll([]));`, ``],
    ["a kind that is absent for a moment loses its rules", `nowMs - this.#absentSinceMs < ABSENCE_MS`, `false`],
    ["a kind that is absent keeps its rules for good", `nowMs - this.#absentSinceMs < ABSENCE_MS`, `true`],
    ["anything that answers 404 takes rules away", `if (!error.isAbsence) {`, `if (error.status !== 404) {`],
    ["two short absences are a long one", `this.#absentSinceMs = undefined;\n        await`, `await`],
    [
      "a kind that is installed is still reported absent",
      `this.#isInstalled = true;\n        this`,
      `this`,
    ],
    [
      "the absence of a kind is reported again and again",
      `if (!this.#isInstalled) return;\n    if (!error`,
      `if (!error`,
    ],
    [
      "the absence of a kind counts as a failure",
      `if (this.#isInstalled) metrics.countCrdWatchFailure();`,
      `metrics.countCrdWatchFailure();`,
    ],
    ["failures are not counted", `if (this.#isInstalled) metrics.countCrdWatchFailure();`, ``],
    ["trouble of the watch is not reported", `this.#report.trouble(why);\n    if`, `if`],
    [
      "the others that something else holds for are not written",
      `for (const other of others) this.#status?.enqueue(other);`,
      ``,
    ],
    ["resources of a list are not written", `for (const name of outdated) this.#status?.enqueue(name);`, ``],
  ]),
  ...mutantsOf(
    "lib/server/sources/known_resources.ts",
    [...RESOURCES, "tests/server/sources/known_resources_test.ts"],
    [
      [
        "a resource without a generation never changes",
        `return generation !== undefined && generation === this.#generations.get(name);`,
        `return generation === this.#generations.get(name);`,
      ],
      [
        "the generation of a change is not kept",
        `this.#generations.set(name, generation);\n    return this.rules.put(name, parsed);`,
        `return this.rules.put(name, parsed);`,
      ],
      ["a forgotten resource stays in force", `return this.rules.delete(name);`, `return [];`],
      ["an obstacle is not written", `isOutdated || this.rules.obstacleOf(name) !== undefined`, `isOutdated`],
      [
        "a login by a glob is written",
        `rule.kind !== "arn" || rule.arn.isGlob || resource === undefined`,
        `rule.kind !== "arn" || resource === undefined`,
      ],
      ["logins are not written", `this.#userIds.set(resource, principalId);`, ``],
      [
        "nobody is warned of names",
        `parsed.rule === undefined ? [] : judgeRules([parsed.rule], judging)`,
        `[]`,
      ],
      [
        "an id outlives its resource",
        `if (!parsed.has(name)) this.#userIds.delete(name);`,
        `if (parsed.has(name)) this.#userIds.delete(name);`,
      ],
    ],
  ),
  ...mutantsOf("lib/cli/serve/source_starters.ts", ["tests/server/kubeconfig_outage_test.ts"], [
    [
      "files of the kubeconfig are not noted",
      `connectLater(world, { ...access, noteFile })`,
      `connectLater(world, access)`,
    ],
  ]),
  ...mutantsOf("lib/cli/serve/source_starters.ts", WIRES, [
    ["dynamicfileUserIDStrict is not passed on", `userIdStrict, reserved })`, `userIdStrict: false, reserved })`],
    [
      "reservations are not passed on to the dynamic file",
      `userIdStrict, reserved })`,
      `userIdStrict, reserved: new Map() })`,
    ],
    [
      "reservations are not passed on to ConfigMaps and resources",
      `connectLater(world, { ...access, noteFile }), reserved };`,
      `connectLater(world, { ...access, noteFile }), reserved: new Map() as typeof reserved };`,
    ],
    ["the file of modes is not passed on", `modeFile: settings.get("dynamic-backend-mode"),`, `modeFile: undefined,`],
    [
      "the config file is not read where it maps nobody",
      `config: { path, read: config.read, taken: config.taken, warnings: config.warnings },`,
      ``,
    ],
    [
      "EKSConfigMap reads the other cloud's ConfigMap",
      `configMap("EKSConfigMap", kube)`,
      `configMap("ACKConfigMap", kube)`,
    ],
    [
      "ACKConfigMap reads the other cloud's ConfigMap",
      `configMap("ACKConfigMap", kube)`,
      `configMap("EKSConfigMap", kube)`,
    ],
  ]),
  ...mutantsOf("lib/cli/serve/server.ts", WIRES, [
    ["every cloud is accepted, whatever clouds says", `acceptedClouds(settings).clouds`, `["alibaba", "aws"]`],
    ["the cluster is another", `settings.require("cluster-id")`, `"c-" + settings.require("cluster-id")`],
  ]),
  ...mutantsOf("lib/config/endpoint_choice.ts", WIRES, [
    ["partition is not passed on", `partition: settings.get("partition"),`, ``],
    ["stsHosts is not passed on", `stsHosts: settings.get("sts-hosts") ?? [],`, `stsHosts: [],`],
  ]),
];
