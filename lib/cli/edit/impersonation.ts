/**
 * Whether the caller may impersonate the names of an entry, as `manifests/mapping-guard.yaml` asks about custom resources.
 * Asked here before a ConfigMap is edited, because a policy cannot read the YAML in it. This prevents mistakes; somebody with
 * kubectl is stopped by the guard alone.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { mayI } from "../../kube/access_review.ts";
import type { KubeConnection } from "../../kube/connection.ts";
import { parseTemplate } from "../../mapping/template.ts";
import { quoted } from "../../quote.ts";
import type { World } from "../../world.ts";

/** For all questions together. */
const DEADLINE_MS = 30_000;

/** Most questions at once; an entry has up to 257 names, each with two. */
const AT_ONCE = 16;

/** Most names that an error lists. */
const MAX_NAMES_TOLD = 5;

/** The right to every name. */
const ANY = "*";

/** The end of a name that its pattern stands for: no server refuses it, whatever fills its placeholders. */
const PLAIN_END = /^(?:[!-9;-z|~]|\{\{\w+\}\})+$/;

/** The names that an entry gives. Trust: an operator wrote them; each is a good template. */
export interface GivenNames {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The entry gives a name that the caller may not impersonate. */
export class ImpersonationError extends RamAuthError {
  readonly code = "ERR_IMPERSONATION";
}

/** A name, and the names in RBAC of which any one allows it. */
interface Wanted {
  readonly resource: "users" | "groups";
  readonly name: string;
  readonly allowedBy: readonly string[];
}

/**
 * Asks the API server whether the caller may impersonate every name.
 *
 * @throws {ImpersonationError} if they may not, with the names and the rights that are missing
 * @throws {KubeError} if the API server cannot be asked or does not answer
 */
export async function assertMayImpersonate(
  connection: KubeConnection,
  { username, groups }: GivenNames,
  world: World,
): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const may = async (resource: Wanted["resource"], name: string) =>
    await mayI(connection, { verb: "impersonate", group: "", resource, name }, { world, signal });
  const wanted = [wantedOf("users", username), ...[...new Set(groups)].map((group) => wantedOf("groups", group))];
  const [allUsers, allGroups] = await Promise.all([may("users", ANY), groups.length === 0 || may("groups", ANY)]);
  const open = wanted.filter(({ resource }) => resource === "users" ? !allUsers : !allGroups);
  const questions = open.flatMap((one) => one.allowedBy.filter((name) => name !== ANY).map((name) => ({ one, name })));
  const allowed = new Set<Wanted>();
  for (let from = 0; from < questions.length; from += AT_ONCE) {
    await Promise.all(
      questions.slice(from, from + AT_ONCE).map(async ({ one, name }) => {
        if (await may(one.resource, name)) allowed.add(one);
      }),
    );
  }
  const missing = open.filter((one) => !allowed.has(one));
  if (missing.length > 0) throw refusal(missing, connection.server);
}

/** As `mapping-guard.yaml` has it: the name itself if it has no placeholder, its pattern, and every name. */
function wantedOf(resource: Wanted["resource"], name: string): Wanted {
  const { rest } = parseTemplate(name);
  const end = name.lastIndexOf(":") + 1;
  const hasPattern = PLAIN_END.test(name.slice(end)) && !/[{}]/.test(name.slice(0, end));
  const allowedBy = [...(rest.length === 0 ? [name] : []), ...(hasPattern ? [`${name.slice(0, end)}${ANY}`] : []), ANY];
  return { resource, name, allowedBy: [...new Set(allowedBy)] };
}

function refusal(missing: readonly Wanted[], server: string): ImpersonationError {
  const told = missing.slice(0, MAX_NAMES_TOLD).map(({ resource, name, allowedBy }) =>
    `${resource === "users" ? "user" : "group"} ${quoted(name)} (needs ${resource} ${
      allowedBy.map((allowed) => quoted(allowed)).join(" or ")
    })`
  );
  const more = missing.length - told.length;
  return new ImpersonationError(
    `Cannot map anybody to ${told.join(", ")}${more > 0 ? ` and ${more} more` : ""} at "${server}": you may not ` +
      'impersonate them, and so may not give them to others; ask for the verb "impersonate" on these names, or have ' +
      "somebody add the entry who has it",
  );
}
