/**
 * Names with placeholders: `admin:{{SessionName}}`. Read once when mappings are loaded, and filled in one pass, so that a
 * session name that looks like a placeholder stays the text it is. Knows nothing of which names are reserved.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { nameFault } from "./name.ts";
import { nearest } from "../nearest.ts";
import { quote } from "./problem.ts";

/** What a placeholder may need beyond the identity itself, because it has to be asked for. */
export interface LookedUp {
  /** Of the EC2 instance that the identity is; there wherever {@linkcode needsPrivateDnsName} says so. */
  readonly privateDnsName?: string;
}

/**
 * What each placeholder stands for, spelled as the peers spell it.
 *
 * `SessionName` writes `@` as `-`, as both peers do. So the sessions `a@b` and `a-b` become one user; a rule that must
 * tell them apart uses `SessionNameRaw`.
 */
const PLACEHOLDERS = {
  AccountID: (identity) => identity.accountId,
  SessionName: (identity) => identity.sessionName.replaceAll("@", "-"),
  SessionNameRaw: (identity) => identity.sessionName,
  AccessKeyID: (identity) => identity.accessKeyId,
  EC2PrivateDNSName: (_, { privateDnsName }) => {
    if (privateDnsName === undefined) throw new Error("Cannot fill a name: nobody looked up its instance");
    return privateDnsName;
  },
} as const satisfies Readonly<Record<string, (identity: Identity, lookedUp: LookedUp) => string>>;

type Placeholder = keyof typeof PLACEHOLDERS;

/** Stands in for what will fill a placeholder, when the text round it is judged. */
const ANY_VALUE = "x";

/** A name of a rule. Built only by {@linkcode parseTemplate}. */
export interface Template {
  /** As the operator wrote it. */
  readonly source: string;
  /** The text before the first placeholder: all of it where there is none. */
  readonly literalStart: string;
  readonly parts: readonly TemplatePart[];
}

/** A piece of a template. */
export type TemplatePart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: Placeholder };

/** The text cannot be the name of a user or group. Trust: operators write mappings. */
export class TemplateError extends RamAuthError {
  readonly code = "ERR_TEMPLATE";
  readonly publicMessage = "mapping is malformed";

  constructor(source: string, why: string) {
    super(`Cannot use the name ${quote(source)}: ${why}`);
  }
}

/**
 * Reads a name that a rule gives.
 *
 * A placeholder nobody knows is refused: as plain text it would be a name that is the same for everybody.
 *
 * @throws {TemplateError} if a placeholder is unknown or left open, or whatever it is filled with the name is not good
 */
export function parseTemplate(source: string): Template {
  // With a group in its pattern, split() gives literals at even places and placeholder names between them.
  const parts = source.split(/\{\{([^{}]*)\}\}/).map((text, i): TemplatePart =>
    i % 2 === 0 ? { kind: "literal", text } : { kind: "placeholder", name: readPlaceholder(text, source) }
  ).filter((part) => part.kind === "placeholder" || part.text !== "");
  if (parts.some((part) => part.kind === "literal" && /\{\{|\}\}/.test(part.text))) {
    throw new TemplateError(source, `it has "{{" or "}}" without its partner; write placeholders as "{{SessionName}}"`);
  }
  const fault = nameFault(parts.map((part) => part.kind === "literal" ? part.text : ANY_VALUE).join(""));
  if (fault !== undefined) throw new TemplateError(source, `it ${fault}; write a name that people can read`);
  return { source, literalStart: parts[0]?.kind === "literal" ? parts[0].text : "", parts };
}

/** Whether a template can be filled only once somebody has asked EC2. */
export function needsPrivateDnsName({ parts }: Template): boolean {
  return parts.some((part) => part.kind === "placeholder" && part.name === "EC2PrivateDNSName");
}

/** Fills a template. The result is not checked: only the one place that makes users of it knows what is reserved. */
export function renderTemplate({ parts }: Template, identity: Identity, lookedUp: LookedUp = {}): string {
  return parts.map((part) => part.kind === "literal" ? part.text : PLACEHOLDERS[part.name](identity, lookedUp)).join(
    "",
  );
}

function readPlaceholder(name: string, source: string): Placeholder {
  if (Object.hasOwn(PLACEHOLDERS, name)) return name as Placeholder;
  const known = Object.keys(PLACEHOLDERS);
  const meant = nearest(name, known);
  const advice = meant === undefined ? `known are ${known.join(", ")}` : `did you mean "{{${meant}}}"?`;
  throw new TemplateError(source, `no placeholder is called ${quote(name)}; ${advice}`);
}
