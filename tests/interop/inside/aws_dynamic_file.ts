/**
 * The same DynamicFile before aws-iam-authenticator and ram-auth. Runs where the names of STS lead to the emulator: see
 * `namespace.ts`.
 *
 * @module
 */

import { startDynamicFile } from "../../../lib/server/sources/dynamic_file.ts";
import { waitFor } from "../../support/wait_for.ts";
import { dynamicFileOf, makeConfig, MARKER } from "../mapping_configs.ts";
import { askBoth, CONFIGS, differencesIn, randomOf, startSwapRig } from "./swap_rig.ts";

const MODE = "DynamicFile";

/** What aws-iam-authenticator says of a file that it does not take. */
const REFUSAL = /could not unmarshal dynamic file|Errors parsing dynamic file/;

Deno.test("DynamicFiles", async (t) => {
  const path = await Deno.makeTempFile({ prefix: "dynamic-file-", suffix: ".json" });
  try {
    const empty = dynamicFileOf({ mapRoles: [], mapUsers: [], mapAccounts: [] });
    await Deno.writeTextFile(path, empty);
    const start = startDynamicFile({ path, userIdStrict: false, reserved: new Map() });
    await using rig = await startSwapRig({ source: { mode: MODE, start } });
    for (let i = 0; i < CONFIGS; i += 1) {
      const config = makeConfig(randomOf(i), MODE);
      const marker = JSON.stringify({ userarn: MARKER.identity.Arn, username: `marker-${i}`, groups: [] });
      const text = dynamicFileOf({ ...config, mapUsers: [...config.mapUsers, marker] });
      const differences = await differencesIn(text);
      // As at a start: nothing is kept of the config before.
      for (const content of [empty, text]) {
        await Deno.writeTextFile(path, content);
        await rig.server.replaceMappings("{}");
      }
      await using theirs = await rig.peer.start(`dynamicfilepath: ${path}`, ["--backend-mode", MODE]);
      if (theirs === undefined) throw new Error(`Cannot start aws-iam-authenticator: ${rig.peer.complaint()}`);
      const isRead = await waitFor(`config ${i} to be read`, async () => {
        if (REFUSAL.test(theirs.log())) return { by: "nobody" };
        const { theirs: his } = await askBoth(rig.tokens(i).marker, rig.server, theirs);
        return his?.username === `marker-${i}` ? { by: "both" } : undefined;
      });
      const isEndNamed = differences.some(({ code }) => code === "ends_start");
      if (isEndNamed !== (isRead.by === "nobody")) {
        rig.fail(i, `that it is not read is ${isEndNamed ? "" : "not "}named: ${theirs.log().slice(-500)}`);
      }
      if (isRead.by === "nobody") rig.ended();
      else await rig.compare(theirs, i, differences);
    }
    await t.step(rig.summary(), () => rig.assertAllNamed());
  } finally {
    await Deno.remove(path);
  }
});
