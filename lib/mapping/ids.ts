/**
 * Account ids and principal ids as operators write them.
 *
 * @module
 */

import type { YamlNode } from "../yaml/read.ts";

/** 12 digits at AWS; 16 at Alibaba Cloud, where older accounts have fewer. Compared as text, never as numbers. */
const ACCOUNT_ID = /^[0-9]{1,20}$/;

/** Digits at Alibaba Cloud, `AROA…` and the like at AWS ("IAM identifiers", unique ids): no colon, so no session. */
const PRINCIPAL_ID = /^[A-Za-z0-9]{1,128}$/;

/** An account id, or `undefined` where the value is none. */
export function readAccountId(node: YamlNode): string | undefined {
  return readId(node, ACCOUNT_ID);
}

/** The immutable id of a user or role, or `undefined` where the value is none. */
export function readPrincipalId(node: YamlNode): string | undefined {
  return readId(node, PRINCIPAL_ID);
}

/**
 * People leave out the quotes, so a number is taken by its source text, which is exact: `012345678901` keeps its zero,
 * and 16 digits are not rounded. What only YAML takes for digits (`1e11`, `0x1f`, a sign) is refused.
 */
function readId(node: YamlNode, form: RegExp): string | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "number") return /^[0-9]+$/.test(node.text) && form.test(node.text) ? node.text : undefined;
  return typeof node.value === "string" && form.test(node.value) ? node.value : undefined;
}
