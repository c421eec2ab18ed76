/**
 * Slips on the way to the delegate and back: which tokens it gets, and whom it may name (ADR 41).
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const FOLDER = "tests/server/delegation";
const BOUNDS = [`${FOLDER}/bounds_test.ts`];

/** Those of `lib/server/delegation/`, and of the handler that asks it. */
export const DELEGATION_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/server/authenticate.ts", [`${FOLDER}/delegation_test.ts`, `${FOLDER}/loop_test.ts`], [
    [
      "a token that a cloud refused goes to the delegate",
      `verdict.kind === "not_ours" && delegation`,
      `verdict.kind !== "allowed" && delegation`,
    ],
    ["a review that was passed on is passed on again", ` && !wasDelegated(request)`, ``],
  ]),
  ...mutantsOf("lib/server/routes.ts", [`${FOLDER}/loop_test.ts`], [
    ["the server's own review goes to the delegate", `delegation: undefined,`, ``],
  ]),
  ...mutantsOf("lib/server/delegation/bounds.ts", BOUNDS, [
    ["a delegate gives system: names", `entry?.allowsSystemNames ?? false`, `true`],
    ["a delegate gives the groups of administrators", `entry?.allowsAdminGroups ? [] : ADMIN`, `true ? [] : ADMIN`],
    [
      "what is reserved from a source is not from the delegate",
      `const entries = [...reserved.values()];`,
      `const entries = entry ? [entry] : [];`,
    ],
    ["groups are not looked at", `for (const group of groups) demandName("group", group);`, ``],
    ["the username is not looked at", `demandName("username", username);`, ``],
    ["a delegate gives our uids", `own.uidPrefixes.some((prefix) => uid.startsWith(prefix))`, `false`],
    ["a delegate gives our extras", `own.extraKeys.has(key)`, `false`],
    ["a delegate gives Kubernetes' extras", `!maySystem && KUBERNETES_DOMAIN.test(key)`, `false`],
    ["a delegate gives the id of the credential", `.filter(([key]) => key !== CREDENTIAL_ID_KEY)`, ``],
    [
      "the id of the credential is not ours",
      `{ ...Object.fromEntries(others), [CREDENTIAL_ID_KEY]: [credentialId] }`,
      `{ [CREDENTIAL_ID_KEY]: [credentialId], ...extra }`,
    ],
  ]),
  ...mutantsOf("lib/server/delegation/delegation.ts", [`${FOLDER}/delegation_test.ts`], [
    ["a token for others lets somebody in", `if (audiences === undefined) return`, `if (false) return`],
    [
      "audiences that nobody asked for are claimed",
      `named.filter((audience) => asked.includes(audience))`,
      `[...named]`,
    ],
  ]),
  ...mutantsOf("lib/server/delegation/answer.ts", [`${FOLDER}/answer_test.ts`], [
    [
      "a user without a verdict is let in",
      `verdict.get("authenticated") ?? false`,
      `verdict.get("authenticated") ?? true`,
    ],
    ["an error beside a verdict is read over", `if (error) throw unreadable(`, `if (false) throw unreadable(`],
    ["a redirect is a verdict", `if (status !== 200 && status !== 201) {`, `if (false) {`],
    ["any number of groups is taken", `if (value.length > max) throw`, `if (false) throw`],
  ]),
  ...mutantsOf("lib/server/delegation/access.ts", [`${FOLDER}/access_test.ts`], [
    ["tokens go out in clear text", `url.protocol !== "https:"`, `false`],
    ["any public CA vouches for the delegate", `caCerts.length === 0`, `false`],
    ["a program is run", `token?.kind === "exec"`, `false`],
    ["a server asks itself", `own !== undefined && isOwn(url, own)`, `false`],
  ]),
];
