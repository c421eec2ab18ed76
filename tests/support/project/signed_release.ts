/**
 * A release of small made-up files, signed by a key of the moment.
 *
 * @module
 */

import { artefactAt } from "../../../scripts/release/artefacts.ts";
import { LOCAL_BUILDER } from "../../../scripts/release/provenance.ts";
import { seal } from "../../../scripts/release/seal.ts";
import { readSigningKey } from "../../../scripts/release/signing_key.ts";
import { run } from "./project_clone.ts";
import { sectionOf, shellCommands } from "./shell_commands.ts";

/** The commit that the made-up release says it is of. */
export const MADE_UP_COMMIT = "c0ffee".repeat(7).slice(0, 40);

/** Makes a key with `ssh-keygen` and returns its path. */
export async function makeKey(folder: string, ...args: readonly string[]): Promise<string> {
  const path = `${folder}/key`;
  await run(folder, "ssh-keygen", "-q", "-f", path, "-C", "made-up@test", ...args);
  return path;
}

/** Makes a signed release in a new folder below `folder`, and returns its path. */
export async function makeSignedRelease(folder: string): Promise<string> {
  const key = await readSigningKey(await makeKey(folder, "-t", "ed25519", "-N", ""));
  const release = `${folder}/release`;
  await Deno.mkdir(release);
  for (const name of ["ram-auth-1.2.3-a", "ram-auth-1.2.3-b.tar.gz"]) {
    await Deno.writeTextFile(`${release}/${name}`, `made-up content of ${name}\n`);
  }
  const names = [...Deno.readDirSync(release)].map(({ name }) => name).sort();
  const artefacts = await Promise.all(names.map((name) => artefactAt(`${release}/${name}`)));
  await seal(artefacts, {
    folder: release,
    key,
    build: {
      builder: LOCAL_BUILDER,
      parameters: { targets: ["a", "b"] },
      ingredients: [{ name: "source", digest: { gitCommit: MADE_UP_COMMIT } }],
    },
  });
  return release;
}

/** What `docs/install.md` says to run for checksums and their signature, and for the provenance. */
export async function verifyCommands(): Promise<{ readonly sums: string; readonly provenance: string }> {
  const lines = shellCommands(sectionOf(await Deno.readTextFile("docs/install.md"), "Verify a download"));
  const at = lines.findIndex((line) => line.startsWith("sed "));
  return { sums: lines.slice(0, at).join("\n"), provenance: lines.slice(at).join("\n") };
}

/** Runs lines in a folder by `sh`, up to the first that fails. */
export async function shell(folder: string, lines: string): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-euc", lines],
    cwd: folder,
    stdin: "null",
    env: { LC_ALL: "C" },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
