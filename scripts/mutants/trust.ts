/**
 * Slips in the model of trust: which names a source may give, what a slip in an entry does, and who is warned (ADR 21).
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

/** Those of `lib/mapping/`, but for the lookup. */
export const TRUST_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/mapping/deny/list.ts", ["tests/mapping/deny/deny_list_test.ts", "tests/review/verifier_test.ts"], [
    [
      "a denied key is let in",
      `if (ids.accessKeyIds.has(accessKeyId)) throw denied(quoted`,
      `if (false) throw denied(quoted`,
    ],
    ["a denied principal is let in", `if (ids.principalIds.has(principalId))`, `if (false)`],
    ["a denied account is let in", `if (ids.accounts.has(accountId))`, `if (false)`],
    ["a denied ARN is let in", `if (found !== undefined) throw`, `if (false) throw`],
    ["a denied session denies its role", `const text = identity[of];`, `const text = identity.canonicalArn;`],
  ]),
  ...mutantsOf("lib/mapping/foreign/access_entries.ts", ["tests/mapping/foreign/access_entries_test.ts"], [
    ["entries of two clusters are made one", `cluster === undefined || cluster === this.#cluster`, `true`],
    ["an access entry lets in all that a wildcard matches", `if (arn.isGlob) return`, `if (false) return`],
    ["the first of two ids of a principal pins it", `isAnother ? undefined : userId`, `userId`],
    [
      "a principal has the id of another",
      `const userId = this.#ids.get(key);`,
      `const userId = [...this.#ids.values()][0];`,
    ],
  ]),
  ...mutantsOf("lib/mapping/foreign/entry_policies.ts", ["tests/mapping/foreign/access_entries_test.ts"], [
    ["a policy for a namespace is for the cluster", `if (type === "cluster") return`, `if (type !== "") return`],
    ["a wildcard is the name of a namespace", `if (NAMESPACE.test(namespace)) return`, `if (true) return`],
    ["what every object has is a policy", `!Object.hasOwn(ACCESS_POLICIES, policy)`, `!(policy in ACCESS_POLICIES)`],
  ]),
  ...mutantsOf("lib/mapping/foreign/policy_bindings.ts", ["tests/mapping/foreign/policy_bindings_test.ts"], [
    [
      "a policy for a namespace is bound in the cluster",
      `namespace === undefined ? "ClusterRoleBinding" : "RoleBinding"`,
      `"ClusterRoleBinding"`,
    ],
  ]),
  ...mutantsOf("lib/cli/mappings/convert.ts", ["tests/cli/mappings"], [
    ["a source gives what it may not, through a conversion", `if (gained === undefined) return true;`, `return true;`],
    ["any source may give the groups of access policies", `file: FILE_GROUP_PREFIX,`, `file: "eks-access:",`],
    ["a group is bound whose rule is left out", `.filter((binding) => given.has(groupOf(binding, groupPrefix)))`, ``],
  ]),
  ...mutantsOf("lib/mapping/deny/read.ts", ["tests/mapping/deny/deny_list_test.ts"], [
    [
      "a list that is too long denies nobody",
      `return list.items.slice(0, MAX_ENTRIES);`,
      `return list.items.length > MAX_ENTRIES ? [] : list.items;`,
    ],
  ]),
  ...mutantsOf("lib/review/verifier.ts", ["tests/review/verifier_test.ts"], [
    ["a denied key costs a call", `deny.assertKey(call.accessKeyId);`, ``],
    ["the deny list is not asked", `deny.assertIdentity(who);`, ``],
  ]),
  ...mutantsOf("lib/mapping/name_policy.ts", ["tests/mapping/name_policy_test.ts"], [
    [
      "every source may give system names",
      `systemNames: isTrusted || entry?.allowsSystemNames ?`,
      `systemNames: isTrusted || entry?.allowsSystemNames || true ?`,
    ],
    [
      "an entry of any kind opens system names",
      `isTrusted || entry?.allowsSystemNames ?`,
      `isTrusted || entry !== undefined ?`,
    ],
    [
      "the key for system names opens the administrators' groups",
      `isTrusted || entry?.allowsAdminGroups ?`,
      `isTrusted || entry?.allowsSystemNames ?`,
    ],
    ["an entry of any kind opens the administrators' groups", `entry?.allowsAdminGroups ?`, `entry !== undefined ?`],
    ["reserved groups are forgotten", `...(entry?.groupPrefixes ?? []),`, ``],
    ["reserved usernames are forgotten", `entry?.usernamePrefixes ?? []`, `[]`],
    [
      "another source is the trusted one",
      `const TRUSTED: BackendMode = "MountedFile"`,
      `const TRUSTED: BackendMode = "CRD"`,
    ],
    ["kubeadm's group of administrators is free", `["kubeadm:", "ram-auth:"]`, `["ram-auth:"]`],
    ["the group that init binds is free", `["kubeadm:", "ram-auth:"]`, `["kubeadm:"]`],
    [
      "nobody is warned of system names",
      `policy.systemNames === "refused" && literalStart`,
      `policy.systemNames === "allowed" && literalStart`,
    ],
    [
      "nobody is warned of reserved names",
      `(reserved) => literalStart.startsWith(reserved)`,
      `(reserved) => literalStart === reserved`,
    ],
    ["only usernames are looked at for the warning", `...rule.groups.map((group) => ["group", group] as const)`, ``],
    ["a warning of a dead rule does not say that it has no effect", `      hasNoEffect,\n`, ``],
  ]),
  ...mutantsOf("lib/mapping/render.ts", ["tests/mapping/name_policy_test.ts", "tests/mapping/render_test.ts"], [
    [
      "reserved prefixes are not looked at",
      `(reserved) => name.text.startsWith(reserved)`,
      `(reserved) => name.text === reserved`,
    ],
    [
      "reserved prefixes are looked for in the text of the rule",
      `(reserved) => name.text.startsWith(reserved)`,
      `(reserved) => name.literalStart.startsWith(reserved)`,
    ],
    [
      "system names are not refused",
      `if (policy.systemNames === "refused") return`,
      `if (policy.systemNames === undefined) return`,
    ],
    [
      "a session name may complete a system name",
      `name.literalStart.startsWith(systemRole(name.text))`,
      `name.literalStart.startsWith(SYSTEM_PREFIX)`,
    ],
    [
      "a reserved group is asked of the usernames' list",
      `what === "username" ? policy.reservedUsernamePrefixes : policy.reservedGroupPrefixes`,
      `policy.reservedUsernamePrefixes`,
    ],
    [
      "a reserved username is asked of the groups' list",
      `what === "username" ? policy.reservedUsernamePrefixes : policy.reservedGroupPrefixes`,
      `policy.reservedGroupPrefixes`,
    ],
    [
      "groups are not checked",
      `checked("group", fill(group, identity, lookedUp))`,
      `fill(group, identity, lookedUp).text`,
    ],
    [
      "usernames are not checked",
      `checked("username", fill(rule.username, identity, lookedUp))`,
      `fill(rule.username, identity, lookedUp).text`,
    ],
    ["a name that cannot be seen is given", `nameFault(name.text) ?? reservedFault`, `reservedFault`],
    [
      "the name of an instance may be missing",
      `lookedUp.privateDnsName === undefined`,
      `lookedUp.privateDnsName === ""`,
    ],
  ]),
  ...mutantsOf("lib/mapping/reserved_prefixes.ts", ["tests/mapping/reserved_prefixes_test.ts"], [
    [
      "any value of systemNames and adminGroups allows",
      `node.kind === "scalar" && node.value === ALLOW`,
      `node.kind === "scalar"`,
    ],
    ["an absent key allows", `if (node === undefined) return false;`, `if (node === undefined) return true;`],
    [
      "systemNames reads the other key",
      `readAllow("systemNames", fields, refuse)`,
      `readAllow("adminGroups", fields, refuse)`,
    ],
    [
      "adminGroups reads the other key",
      `readAllow("adminGroups", fields, refuse)`,
      `readAllow("systemNames", fields, refuse)`,
    ],
    [
      "groups are read from the usernames' list",
      `readPrefixes("groupPrefixReserveList", fields, refuse)`,
      `readPrefixes("usernamePrefixReserveList", fields, refuse)`,
    ],
    [
      "an empty prefix is taken",
      `typeof item.value === "string" && item.value !== ""`,
      `typeof item.value === "string"`,
    ],
    ["the second entry of a source wins in silence", `if (reserved.has(mode)) refuse`, `if (false) refuse`],
    ["problems are not thrown", `if (problems.length > 0) throw`, `if (problems.length > 99) throw`],
    [
      "an entry that says nothing is taken",
      `fields.size <= (mode === undefined ? 0 : 1)`,
      `fields.size < (mode === undefined ? 0 : 1)`,
    ],
    ["unknown keys are passed over", `for (const { at, why } of faults) refuse(at, why);`, ``],
  ]),
  ...mutantsOf("lib/mapping/reserved_prefixes.ts", ["tests/cli/serve/config_reader_test.ts"], [
    [
      "sources in use are warned of",
      `filter((mode) => !inUse.includes(mode))`,
      `filter((mode) => inUse.includes(mode))`,
    ],
  ]),
  ...mutantsOf("lib/mapping/name.ts", ["tests/mapping/render_test.ts", "tests/mapping/name_test.ts"], [
    ["control characters are taken", `[\\p{Cc}\\p{Cf}`, `[\\p{Cf}`],
    ["format characters are taken", `\\p{Cc}\\p{Cf}\\p{Zl}`, `\\p{Cc}\\p{Zl}`],
    ["fillers and variation selectors are taken", `\\p{Default_Ignorable_Code_Point}`, ``],
    ["the empty Braille pattern is taken", `\\u{2800}`, ``],
    ["other spaces than the space are taken", `|(?! )\\p{Zs}/u`, `/u`],
    ["lone surrogates are taken", `\\p{Cs}`, ``],
    ["line separators are taken", `\\p{Zl}\\p{Zp}`, ``],
    ["outer spaces are taken", `if (name !== name.trim())`, `if (name !== name.trimEnd())`],
    ["spaces at the end are taken", `if (name !== name.trim())`, `if (name !== name.trimStart())`],
    [
      "names in decomposed form are taken",
      `name !== name.normalize("NFC")`,
      `name !== name.normalize("NFC").normalize("NFD")`,
    ],
    ["no length is too long", `name.length > MAX_NAME_LENGTH`, `name.length > 2 * MAX_NAME_LENGTH`],
    [
      "blank names are taken",
      `if (name.trim() === "")`,
      `if (name === "")`,
    ],
  ]),
  ...mutantsOf("lib/mapping/last_good.ts", ["tests/mapping/last_good_test.ts"], [
    [
      "a slip falls through to lower sources",
      `if (last === undefined || !isUsable(last) || mapped.has(ruleKey(rule))) {\n      refusals.push(rule);`,
      `if (last === undefined || !isUsable(last) || mapped.has(ruleKey(rule))) {`,
    ],
    [
      "a slip on a reload refuses",
      `if (last === undefined || !isUsable(last)`,
      `if (true || last === undefined || !isUsable(last)`,
    ],
    ["the last good rule wins over a corrected one", ` || mapped.has(ruleKey(rule))`, ``],
    [
      "a last good rule is put behind all others",
      `yield* putInPlace(usable, restored)`,
      `usable.concat(restored)`,
    ],
    ["an entry that cannot be read takes nobody's rule away", `rules: rules.concat(vanished.map(refusing))`, `rules`],
    [
      "whoever is removed beside an old unreadable entry is refused",
      `next.lost.length <= before.lost`,
      `next.lost.length < before.lost`,
    ],
    [
      "the count of unreadable entries is forgotten, so that the refusal ends at the next reload",
      `lost: before.lost };`,
      `lost: next.lost.length };`,
    ],
    [
      "what is kept is reported to nobody",
      `problems: next.problems.concat(kept) };\n  const lost`,
      `problems: next.problems };\n  const lost`,
    ],
    [
      "who is refused for an unreadable entry is reported to nobody",
      `if (vanished.length > 0) {`,
      `if (vanished.length > 1) {`,
    ],
    ["a person with another rule is refused, too", `if (!named.has(whom(rule))) vanished`, `vanished`],
    [
      "an account that cannot be read any more is handed to lower sources",
      `if (!named.has(whom(rule))) vanished`,
      `if (rule.kind === "arn" && !named.has(whom(rule))) vanished`,
    ],
    [
      "a last good rule stands before all sections",
      `if (sectionA !== sectionB) return sectionA! > sectionB!;`,
      `if (sectionA !== sectionB) return sectionA! < sectionB!;`,
    ],
  ]),
  ...mutantsOf("lib/mapping/chain.ts", ["tests/mapping/chain_test.ts", "tests/mapping/last_good_test.ts"], [
    [
      "the last source decides",
      `for (const source of sources()) {`,
      `for (const source of [...sources()].reverse()) {`,
    ],
    [
      "a rule that refuses is passed over",
      `if (rule === undefined) continue;`,
      `if (rule === undefined || rule.kind === "invalid") continue;`,
    ],
    [
      "an instance without a name is let in without it",
      `if (found?.kind === "none") throw`,
      `if (found?.kind === undefined) throw`,
    ],
  ]),
  ...mutantsOf("lib/mapping/arn_entry.ts", [
    "tests/mapping/rules_test.ts",
    "tests/mapping/forms/dynamic_document_test.ts",
  ], [
    ["an entry that names one session maps the role", `if (arn?.session === undefined) return arn;`, `return arn;`],
    ["an entry with a fault counts", `if (whys.length > 0 || !username || !groups)`, `if (!username || !groups)`],
    [
      "an entry with a fault is nothing at all",
      `return { ...match, kind: "invalid", why: whys.join("; ") };`,
      `return undefined;`,
    ],
    ["an unreadable pin is no pin", `userId: pin?.userId, line`, `userId: undefined, line`],
    [
      "an empty userid is no pin",
      `if (userId !== undefined) return { userId };`,
      `if (userId !== undefined || node.kind === "scalar") return { userId };`,
    ],
    ["a pin is not asked for", `if (context.requiresUserId && fields`, `if (!context.requiresUserId && fields`],
    ["a role may stand under mapUsers", `arn !== undefined && SECTION_OF[arn.kind] !== section`, `arn === undefined`],
    [
      "unknown keys are passed over",
      `for (const { at, why } of faults) fault(at, why);\n  const foreign`,
      `const foreign`,
    ],
    [
      "groups may be a text",
      `if (node.kind !== "list") return fault(node, \`its groups are`,
      `if (node.kind !== "list") return []; if (0) return fault(node, \`its groups are`,
    ],
    [
      "a group that cannot be read is left out",
      `groups.every((group) => group !== undefined) ? groups : undefined`,
      `groups.filter((group) => group !== undefined)`,
      "its fault alone makes the entry invalid",
    ],
    ["any number of groups is taken", `node.items.length > MAX_GROUPS`, `node.items.length > MAX_GROUPS + 1`],
    [
      "an ARN with spaces around it is taken",
      `if (text !== text.trim()) return fault`,
      `if (text !== text.trim() + "x" && false) return fault`,
    ],
    [
      "an ARN of a cloud that is not accepted is read",
      `const cloud = clouds.find(({ arnPrefix }) => foldAsciiCase(text).startsWith(arnPrefix));`,
      `const cloud = clouds[0];`,
    ],
  ]),
  ...mutantsOf("lib/mapping/suspicious_names.ts", [
    "tests/mapping/name_policy_test.ts",
    "tests/mapping/suspicious_names_test.ts",
  ], [
    ["nobody is warned of accidents in a username", `accidentOf("username", username), `, ``],
    ["a bare raw session name is not warned of", `["SessionName", "SessionNameRaw"]`, `["SessionName"]`],
    ["a bare session name is not warned of", `["SessionName", "SessionNameRaw"]`, `["SessionNameRaw"]`],
    [
      "a prefixed session name is warned of",
      `return literalStart === "" && first !== undefined`,
      `return first !== undefined`,
    ],
    [
      "any placeholder counts as the caller's choice",
      `others.length === 0 &&\n    isSession(first.name)`,
      `others.length === 0`,
    ],
    [
      "groups are not looked at",
      `groups.map((group) => suspect("group", group)).find((why) => why !== undefined)`,
      `undefined`,
    ],
    ["roles are warned of as users", `arn.kind !== "role" && [username`, `arn.kind === "role" && [username`],
    [
      "a system name with its second colon is warned of",
      `!literalStart.slice(SYSTEM_PREFIX.length).includes(":")`,
      `true`,
    ],
    ["names in one foreign script are warned of", `LATIN.test(word) && LOOKALIKES.test(word)`, `LOOKALIKES.test(word)`],
    ["words of several scripts beside each other are warned of", `source.split(/[^\\p{L}\\p{M}]+/u)`, `[source]`],
    [
      "a permission set's role without a wildcard is warned of",
      `_(?<set>[^/]*)_\\*$/i`,
      `_(?<set>[^/]*)_[^/]*$/i`,
      "a text without a wildcard is no glob, and is passed over for that",
    ],
  ]),
  ...mutantsOf("lib/mapping/backend_mode.ts", ["tests/config/settle_modes_test.ts"], [
    ["AWS among others has its ConfigMap read", `clouds.length === 1 && clouds[0] === "aws"`, `clouds[0] === "aws"`],
    ["one ConfigMap is read under two names", `isAwsAlone && !beside.includes("EKSConfigMap")`, `isAwsAlone`],
  ]),
  ...mutantsOf("lib/cli/login/token.ts", ["tests/cli/login/other_keys_test.ts"], [
    ["a role is asked of another cloud than its own", `ofRole === undefined || ofRole === cloud`, `ofRole !== cloud`],
  ]),
  ...mutantsOf("lib/cli/manifests/values.ts", ["tests/cli/manifests/manifests_test.ts"], [
    ["the pod owns its own config", `path.startsWith("/etc/")`, `path.startsWith("/etc/kubernetes/")`],
    ["the pod owns what kube-apiserver reads", `path.startsWith("/etc/")`, `path === "/etc/ram-auth"`],
    ["any text is a folder for root's commands", `!FOLDER.test(path)`, `!path.startsWith("/")`],
    ["any text is an image", `IMAGE.test(image)) return`, `image !== "") return`],
  ]),
  ...mutantsOf("lib/cli/manifests/manifests.ts", ["tests/cli/manifests/manifests_test.ts"], [
    ["a value is put in unchecked", `await CHECKS[option](value);`, ``],
    ["a static pod goes with what kubectl applies", `alone === undefined || names.length === 1`, `true`],
  ]),
  ...mutantsOf("lib/cli/manifests/texts.ts", ["tests/cli/manifests/manifests_test.ts"], [
    [
      "an installation binds cluster administrators",
      `"mapping-guard", "daemonset"] as const`,
      `"mapping-guard", "daemonset", "rbac-example"] as const`,
    ],
  ]),
];
