import assert from "node:assert/strict";
import { ensureState } from "../../lib/state/state_dir.ts";
import { testNeeding } from "../support/needs.ts";
import { contentsOf, inFolder, optionsFor, worldAt } from "./stored_files.ts";

testNeeding(["peers"], "The pair that the real aws-iam-authenticator makes is used as it is", async () => {
  await inFolder(async (folder) => {
    const { code, stderr } = await new Deno.Command(`${Deno.env.get("RAM_AUTH_TEST_PEERS")}/aws-iam-authenticator`, {
      args: ["init", "-i", "demo-cluster"],
      cwd: folder,
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const before = await contentsOf(folder);
    const state = await ensureState(worldAt(new Date()), optionsFor(folder));
    assert.equal(state.renewable, false);
    assert.equal(state.caPem, before["cert.pem"]);
    assert.equal(state.serving.keyPem.reveal(), before["key.pem"]);
    assert.deepEqual(await contentsOf(folder), before);
  });
});
