import assert from "node:assert/strict";
import { testNeeding } from "../support/needs.ts";
import { shellCommands } from "../support/project/shell_commands.ts";

/** What `ram-auth init --install` puts in place, and the service runs. */
const UNIT = "manifests/ram-auth.service";
const BINARY = "/usr/local/bin/ram-auth";

/** Highest exposure that systemd may see, on its scale from 0 to 10. */
const MAX_EXPOSURE = 1.2;

async function analyze(...args: string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command("systemd-analyze", { args, stdin: "null" }).output();
  return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** Checks a unit whose program need not be on this machine. */
async function verify(text: string, name = "ram-auth.service"): Promise<{ success: boolean; output: string }> {
  const folder = await Deno.makeTempDir({ prefix: "unit-" });
  try {
    await Deno.writeTextFile(`${folder}/ram-auth`, "#!/bin/sh\n", { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/${name}`, text.replaceAll(BINARY, `${folder}/ram-auth`));
    return await analyze("verify", `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testNeeding(["systemd-analyze"], "systemd-analyze verify finds nothing wrong with the unit", async () => {
  const unit = await Deno.readTextFile(UNIT);
  assert(unit.includes(`ExecStart=${BINARY} `));
  assert.deepEqual(await verify(unit), { success: true, output: "" });
  assert.match((await verify(unit.replace("ProtectHome=", "ProtectHouse="))).output, /Unknown key.*ProtectHouse/);
});

testNeeding(
  ["systemd-analyze"],
  "the template of docs/operations.md is the unit, but for the health port and a folder",
  async () => {
    const commands = shellCommands(await Deno.readTextFile("docs/operations.md"));
    const [sed] = commands.filter((command) => command.startsWith("sed ") && command.includes("ram-auth@.service"));
    const folder = await Deno.makeTempDir({ prefix: "unit-" });
    try {
      await Deno.copyFile(UNIT, `${folder}/ram-auth.service`);
      const script = sed!.replace(/"\$\(systemctl show [^"]*"/, `${folder}/ram-auth.service`)
        .replaceAll("/etc/systemd/system", folder);
      assert.equal((await new Deno.Command("sh", { args: ["-euc", script] }).output()).code, 0);
      const [unit, template] = await Promise.all(
        ["ram-auth.service", "ram-auth@.service"].map(async (name) =>
          (await Deno.readTextFile(`${folder}/${name}`)).split("\n")
        ),
      );
      assert.deepEqual(template!.filter((line, index) => line !== unit![index]), [
        `ExecStart=${BINARY} server -c /etc/ram-auth/config.yaml --kubeconfig-pregenerated --health-port %i --share-port`,
        "RuntimeDirectory=ram-auth-%i",
        "NoExecPaths=-/run/ram-auth-%i",
      ]);
      assert.deepEqual(await verify(template!.join("\n"), "ram-auth@21364.service"), { success: true, output: "" });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testNeeding(["systemd-analyze"], `systemd-analyze security sees an exposure of at most ${MAX_EXPOSURE}`, async () => {
  const { output } = await analyze("security", "--offline=true", UNIT);
  const exposure = Number(/Overall exposure level for ram-auth\.service: ([0-9.]+)/.exec(output)?.[1]);
  assert(exposure <= MAX_EXPOSURE, output);
});
