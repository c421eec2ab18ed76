import assert from "node:assert/strict";
import { binaryPermissions } from "../../scripts/permissions.ts";

const SCRIPT = `
  import { keepNeeded } from ${JSON.stringify(new URL("../../lib/cli/permissions.ts", import.meta.url))};
  keepNeeded(Deno.args);
  const all = ["env", "read", "net", "write", "run /bin/sh", "run", "sys hostname", "sys osRelease", "sys uid", "sys", "ffi"];
  const kept = all.filter((one) => {
    const [name, of] = one.split(" ");
    return Deno.permissions.querySync({ name, ...(name === "sys" ? { kind: of } : { command: of }) }).state === "granted";
  });
  console.log(JSON.stringify(kept));
`;

/** What a process may do after this command line was looked at, of all that a binary may. */
async function keptFor(args: readonly string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script.ts`, SCRIPT);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", ...binaryPermissions(Deno.build.target), `${folder}/script.ts`, ...args],
    }).output();
    const decoder = new TextDecoder();
    assert.equal(decoder.decode(stderr), "");
    return JSON.parse(decoder.decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [what, args, want] of [
    ["a login", ["token", "-i", "c1"], ["net", "run /bin/sh"]],
    ["a login that caches", ["token", "--cache", "-i", "c1"], [
      "net",
      "write",
      "run /bin/sh",
      "sys uid",
    ]],
    ["signing in", ["login", "--profile", "p"], ["net", "write", "run /bin/sh", "sys uid"]],
    ["removing what is cached", ["logout"], ["write", "sys uid"]],
    ["another command with the flag", ["verify", "--cache"], ["net"]],
    [
      "a login as kubeconfigs of EKS ask for it",
      ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "c1"],
      ["net", "run /bin/sh"],
    ],
    ["the server", ["server", "-i", "c1"], ["net", "write", "sys osRelease", "sys uid"]],
    ["an edit of a ConfigMap", ["add", "user", "--username", "alice"], ["net"]],
    ["making the state", ["init", "-i", "c1"], ["write", "sys uid"]],
    ["removing the program, which looks at running API servers", ["uninstall"], ["write", "run /bin/sh", "sys uid"]],
    ["a change of kube-apiserver", ["apiserver", "configure"], ["net", "write", "run /bin/sh", "sys uid"]],
    ["a look at an installation", ["doctor"], ["net", "sys uid"]],
    ["a check of files", ["check", "token"], []],
    ["help for a login", ["help", "token"], []],
    ["a command that there is not", ["tokn"], []],
    ["nothing", [], []],
  ] as const
) {
  Deno.test(`keepNeeded() leaves ${want.join(", ") || "nothing beside reading"} for ${what}`, async () => {
    assert.deepEqual(await keptFor(args), ["env", "read", ...want]);
  });
}
