/**
 * Roles assumed at an emulated STS, by the code of any cloud.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AssumeRoleError, type Credentials, type RoleRequest } from "../../lib/clouds/signer.ts";
import type { World } from "../../lib/world.ts";
import { fakeWorld, withFile } from "../config/fake_world.ts";
import { CERTIFICATE, DATE } from "../emulator/stage.ts";

/** In every answer and every key of these tests; no error may show it. */
export const SECRET = "MadeUpSecretThatMustNotShow";

type Usual = Pick<RoleRequest, "roleArn" | "credentials" | "sts">;

/** Makes what makes requests for a role: the usual one, but for what is said. */
export function roleRequests(usual: Usual): (over?: Partial<RoleRequest>) => RoleRequest {
  return (over) => ({ ...usual, externalId: undefined, session: { kind: "usual" }, ...over });
}

/** Makes what assumes a role at a host, over the machine's own network. */
export function assumingWith(
  assumeRole: (world: World, request: RoleRequest) => Promise<Credentials>,
  wanted: (over?: Partial<RoleRequest>) => RoleRequest,
): (host: string, over?: Partial<RoleRequest>) => Promise<Credentials> {
  return async (host, over) => {
    let keys: Credentials | undefined;
    await withFile(CERTIFICATE.caPem, async (caFile) => {
      const world = { ...fakeWorld(), fetch, now: () => new Date(DATE) };
      keys = await assumeRole(world, wanted({ sts: { ...wanted().sts, endpoint: host, caFile }, ...over }));
    });
    return keys!;
  };
}

/** Asserts that this is the refusal of a role, with these words in its message and the secret in no form of it. */
export function assertRoleRefused(thrown: unknown, ...words: readonly RegExp[]): true {
  assert(thrown instanceof AssumeRoleError);
  assert.equal(thrown.code, "ERR_ASSUME_ROLE");
  for (const pattern of words) assert.match(thrown.message, pattern);
  assert(!Deno.inspect(thrown).includes(SECRET));
  return true;
}
