/**
 * The same config files before aws-iam-authenticator and ram-auth. Runs where the names of STS lead to the emulator: see
 * `namespace.ts`.
 *
 * @module
 */

import { makeConfig, textOf } from "../mapping_configs.ts";
import { CONFIGS, differencesIn, randomOf, startSwapRig } from "./swap_rig.ts";

Deno.test("config files", async (t) => {
  await using rig = await startSwapRig();
  for (let i = 0; i < CONFIGS; i += 1) {
    const text = textOf(makeConfig(randomOf(i), "MountedFile"));
    const differences = await differencesIn(`clusterID: x\nserver:\n${text.replace(/^(?=.)/gm, "  ")}`);
    // As at a start: nothing is kept of the config before.
    await rig.server.replaceMappings("{}");
    await rig.server.replaceMappings(text);
    await using theirs = await rig.peer.start(text, [`--feature-gates=SSORoleMatch=${i % 2 === 1}`]);
    const isEndNamed = differences.some(({ code }) => code === "ends_start");
    if (isEndNamed !== (theirs === undefined)) {
      rig.fail(i, `that it ends the start is ${isEndNamed ? "" : "not "}named: ${rig.peer.complaint().slice(-500)}`);
    }
    if (theirs === undefined) rig.ended();
    else await rig.compare(theirs, i, differences);
  }
  await t.step(rig.summary(), () => rig.assertAllNamed());
});
