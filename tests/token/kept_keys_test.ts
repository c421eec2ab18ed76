import assert from "node:assert/strict";
import type { Credentials } from "../../lib/clouds/signer.ts";
import { Secret } from "../../lib/secret.ts";
import { formatKept, readKept } from "../../lib/token/kept_keys.ts";
import { fakeWorld } from "../config/fake_world.ts";

const KEYS: Credentials = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  accessKeySecret: new Secret("MadeUp"),
  securityToken: new Secret("MadeUpToken"),
  expiresAt: new Date("2026-01-02T04:00:00Z"),
  source: "a test",
};

for (
  const [what, keys] of [["are", KEYS], ["say where their STS is", { ...KEYS, region: "cn-northwest-1" }]] as const
) {
  Deno.test(`keys that are kept are read as they were, where they ${what}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/kept.json`;
      await Deno.writeTextFile(path, formatKept(keys)!, { mode: 0o600 });
      const read = await readKept(fakeWorld(), { folder, path }, (why) => assert.fail(why));
      const shown = (found: Credentials) => ({
        ...found,
        accessKeySecret: 0,
        securityToken: found.securityToken?.reveal(),
      });
      assert.deepEqual(shown(read!), shown(keys));
      assert.equal(read!.accessKeySecret.reveal(), "MadeUp");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
