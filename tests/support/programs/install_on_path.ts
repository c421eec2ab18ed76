/**
 * `ram-auth` as a program that others find on the `PATH`.
 *
 * @module
 */

import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";

/** Makes a folder with `ram-auth` in it, as the README installs it from source; returns a `PATH` with it in front. */
export async function installOnPath(folder: string): Promise<string> {
  const program = [Deno.execPath(), "run", "--quiet", ...TOKEN_PERMISSIONS, `${Deno.cwd()}/main.ts`];
  const script = `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(" ")} "$@"\n`;
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/bin/ram-auth`, script, { mode: 0o755 });
  return `${folder}/bin:${Deno.env.get("PATH")}`;
}
