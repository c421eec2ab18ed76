/**
 * What the mapping tests share: Alibaba's ARN reader, identities, and rules from YAML text.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ARN_PREFIX, readArnPattern } from "../../lib/clouds/alibaba/arn.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import type { ArnReader } from "../../lib/mapping/entry.ts";
import { MappingRefused } from "../../lib/mapping/outcome.ts";
import type { Rule } from "../../lib/mapping/rule.ts";
import { type ParsedRules, parseRules } from "../../lib/mapping/rules.ts";
import { parseYaml, type YamlNode } from "../../lib/yaml/read.ts";

/** An account, made up. */
export const ACCOUNT = "1234567890123456";

/** The clouds that the tests accept. */
export const CLOUDS: readonly ArnReader[] = [{ id: "alibaba", arnPrefix: ARN_PREFIX, readArnPattern }];

/** Reads the three sections of a YAML text. */
export function rulesOf(text: string): ParsedRules {
  return parseRules({
    mapRoles: valueOf(text, "mapRoles"),
    mapUsers: valueOf(text, "mapUsers"),
    mapAccounts: valueOf(text, "mapAccounts"),
  }, { clouds: CLOUDS });
}

/** The value of one key at the top of a YAML text. */
export function valueOf(text: string, key: string): YamlNode | undefined {
  const root = parseYaml(text);
  return root.kind === "map" ? root.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** A role's session. */
export function roleSession(role: string, sessionName: string, more: Partial<Identity> = {}): Identity {
  return identity({
    arn: `acs:ram::${ACCOUNT}:assumed-role/${role}/${sessionName}`,
    canonicalArn: `acs:ram::${ACCOUNT}:role/${role}`,
    principalId: "30000000000001",
    sessionName,
    ...more,
  });
}

/** A RAM user. */
export function user(name: string, more: Partial<Identity> = {}): Identity {
  const arn = `acs:ram::${ACCOUNT}:user/${name}`;
  return identity({ arn, canonicalArn: arn, principalId: "20000000000001", sessionName: "", ...more });
}

/** Fails unless `act` ends in {@linkcode MappingRefused}. */
export function assertRefused(act: () => unknown): void {
  assert.throws(act, (e) => e instanceof MappingRefused && e.code === "ERR_MAPPING_REFUSED");
}

function identity(fields: Omit<Identity, "cloud" | "accountId" | "accessKeyId"> & Partial<Identity>): Identity {
  return { cloud: "alibaba", accountId: ACCOUNT, accessKeyId: "LTAI5tMadeUpKeyId", ...fields };
}

/** What a rule gives: its username as it is written, its account, or "invalid". */
export function nameOf(rule: Rule): string {
  if (rule.kind === "invalid") return "invalid";
  return rule.kind === "account" ? rule.accountId : rule.username.source;
}
