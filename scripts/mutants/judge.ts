/**
 * Slips in what tells an operator that nobody, or hardly the right one, can log in by a mapping that is well written.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const CHECK = ["tests/cli/mappings/check_reach_test.ts"];

/** Of the judge of rules, of config files, and of manifests. */
export const JUDGE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/mapping/judge_rules.ts", CHECK, [
    ["another partition is in order", `own !== partition`, `own === ""`],
    ["every partition is out of order where the server is not known", `partition !== undefined &&`, ``],
    ["an ARN of another cloud than the source's is in order", `usual !== cloud.id`, `usual === cloud.id && false`],
    ["the account of an ARN is not looked at", `canonicalArn.split(":").at(-2) ?? ""`, `"1234567890123456"`],
    ["one cloud that doubts an account is enough", `doubts.includes(undefined)`, `doubts.every((one) => !one)`],
    ["aws-auth takes accounts of the other cloud", `usual === undefined || id === usual`, `true`],
    [
      "an account that is unusual counts as impossible",
      `doubts.every((doubt) => doubt?.isImpossible)`,
      `doubts.every((doubt) => doubt !== undefined)`,
    ],
  ]),
  ...mutantsOf("lib/config/judge_config.ts", CHECK, [
    [
      "rules that no source reads are in order",
      `unused("MountedFile") && node?.kind`,
      `inUse.length === 0 && node?.kind`,
    ],
    ["an account that hides nobody is in order", `if (!isDoubted) return [];`, `if (!isDoubted || i >= 0) return [];`],
  ]),
  ...mutantsOf("lib/cli/mappings/document.ts", CHECK, [
    [
      "rules of manifests that no source reads are in force",
      `{ ...document, rules: [], problems:`,
      `{ ...document, problems:`,
    ],
  ]),
  ...mutantsOf("lib/cli/mappings/resource_document.ts", CHECK, [
    ["any apiVersion will do", `apiVersion !== undefined && apiVersion !== wanted`, `apiVersion === ""`],
    ["a resource may have ARNs of any cloud", `id === cloudOfKind(textAt(item, "kind")))`, `id !== undefined)`],
  ]),
  ...mutantsOf("lib/cli/mappings/config_map_use.ts", CHECK, [
    ["a ConfigMap of any namespace is read", `&& namespace === CONFIG_MAP_NAMESPACE`, ``],
    ["a ConfigMap of any version is read", `apiVersion !== undefined && apiVersion !== "v1"`, `apiVersion === ""`],
  ]),
  ...mutantsOf("lib/mapping/forms/config_map_sections.ts", CHECK, [
    ["sections are looked for at the top alone", `const MAX_DEPTH = 3;`, `const MAX_DEPTH = 1;`],
  ]),
  ...mutantsOf("lib/cli/mappings/check_config.ts", CHECK, [
    ["a config file without a rule is in order", `rules === 0 && areAllFiles`, `rules < 0 && areAllFiles`],
    ["rules in a cluster do not count", `?? false;\n  if (rules`, `|| true;\n  if (rules`],
  ]),
  ...mutantsOf("lib/server/sources/config_map.ts", ["tests/server/sources/config_map_watch_test.ts"], [
    ["nobody is told of sections in binaryData", `straySections(object).map`, `straySections({}).map`],
    ["a change of binaryData alone is none", `&& isSameData(a?.binaryData, b.binaryData)`, ``],
  ]),
  ...mutantsOf("lib/server/sources/live_chain.ts", ["tests/server/sources/live_chain_test.ts"], [
    [
      "one source without a rule is enough for the warning",
      `inForce.every((mode) => rules`,
      `inForce.some((mode) => rules`,
    ],
    [
      "the mappings were read once one source was",
      `inForce.every((one) => rules`,
      `inForce.some((one) => rules`,
    ],
    [
      "the mappings were read before the sources were put in force",
      `if (inForce.length > 0 && inForce.every((one)`,
      `if (inForce.every((one)`,
    ],
  ]),
  ...mutantsOf("lib/server/server.ts", ["tests/server/idle_rules_test.ts"], [
    [
      "the sources do not know the partition",
      `partition: changing.current.endpoint.partition,`,
      `partition: undefined,`,
    ],
  ]),
];
