/**
 * Slips in where a login finds its keys: whoever it logs in as must be who was asked for (ADR 45).
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const FOLDER = "lib/clouds/alibaba/credentials";
const TESTS = "tests/clouds/alibaba/credentials";

/** Those of Alibaba Cloud's sources. */
export const CREDENTIALS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(`${FOLDER}/ecs_metadata.ts`, [`${TESTS}/ecs_metadata_test.ts`], [
    [
      "a profile that is missing becomes the machine's role",
      `asked === undefined ? await askInstance`,
      `true ? await askInstance`,
    ],
    ["a metadata service that refuses passes for none", `if (status === 200) return;`, `return;`],
    ["keys of a role that failed are taken", `if (code === "Success") return`, `if (true) return`],
    [
      "the metadata service is asked where a variable forbids it",
      `if (isSet(world, DISABLED)) return`,
      `if (false) return`,
    ],
  ]),
  ...mutantsOf(`${FOLDER}/credentials_uri.ts`, [`${TESTS}/credentials_uri_test.ts`], [
    ["a profile that is missing becomes what a server says", `asked === undefined ? await ask`, `true ? await ask`],
    ["a server is asked where a variable forbids it", `if (isSet(world, NOTHING_EXTERNAL)) {`, `if (false) {`],
    ["keys over HTTPS are asked for in the clear", `url.protocol === "http:" && isLoopback`, `isLoopback`],
    ["a failure with keys in it is taken", `code !== undefined && code !== "Success"`, `false`],
  ]),
  ...mutantsOf(`${FOLDER}/rrsa.ts`, [`${TESTS}/rrsa_test.ts`], [
    [
      "a profile asked for is passed over for an OIDC token",
      `if (want.profile !== undefined) return skippedFor(want.profile);`,
      ``,
    ],
    [
      "half of an OIDC setting is passed over for the next source",
      `_OIDC_TOKEN_FILE\`) || world.env(`,
      `_OIDC_TOKEN_FILE\`) && world.env(`,
    ],
  ]),
  ...mutantsOf(`${FOLDER}/acs_file.ts`, [`${TESTS}/acs_file_test.ts`], [
    ["a profile asked for is passed over for ~/.acs", `if (profile !== undefined) return skippedFor(profile);`, ``],
  ]),
  ...mutantsOf(`${FOLDER}/external.ts`, [`${TESTS}/external_test.ts`], [
    ["a program is started where a variable forbids it", `if (isSet(world, NOTHING_EXTERNAL)) {`, `if (false) {`],
  ]),
  ...mutantsOf(`${FOLDER}/profile.ts`, [`${TESTS}/modes_test.ts`, `${TESTS}/outcomes_test.ts`], [
    ["kept keys that end are used", `now.getTime() > MIN_LEFT_MS`, `now.getTime() > 0`],
    ["temporary keys lose their security token", `securityToken: new Secret(need(profile, "sts_token").trim())`, ``],
  ]),
  ...mutantsOf("lib/token/mint.ts", [`${TESTS}/outcomes_test.ts`], [
    [
      "a source that is broken is passed over",
      `await source.find(world, want)`,
      `await source.find(world, want).catch((e) => ({ notConfigured: String(e) }))`,
    ],
  ]),
];
