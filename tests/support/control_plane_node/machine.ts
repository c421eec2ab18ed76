/**
 * A control plane node with files of its own in namespaces, on which the program finds everything by itself.
 *
 * @module
 */

import { IN_NAMESPACES } from "../needs.ts";
import { type CommandResult, PERMISSIONS } from "./control_plane_node.ts";

/** The program from its sources, wherever the machine's own files are by then. */
export const RAM_AUTH = `"${Deno.execPath()}" run --quiet ${PERMISSIONS.join(" ")} "${Deno.cwd()}/main.ts"`;

/** The commands of `ram-auth apiserver`. */
export const PROGRAM = `${RAM_AUTH} apiserver`;

/** Where the machine's own programs still find what is behind `/etc/alternatives`. */
const SET_UP = `mount --bind /etc "$0/real-etc"
ln -s "$0/real-etc/alternatives" "$0/etc/alternatives"
mount --bind "$0/etc" /etc
mount --bind "$0/var" /var`;

/** Runs shell commands as root of a machine whose `/etc` has these files, whose `/var` is empty, and that runs nothing. */
export async function onMachine(
  files: Readonly<Record<string, string>>,
  commands: string,
): Promise<CommandResult> {
  const folder = await Deno.makeTempDir({ prefix: "machine-" });
  try {
    for (const name of ["etc", "real-etc", "var"]) await Deno.mkdir(`${folder}/${name}`, { mode: 0o755 });
    for (const [path, text] of Object.entries(files)) {
      const target = `${folder}${path}`;
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(target, text, { mode: 0o600 });
    }
    const [program, ...args] = [...IN_NAMESPACES, "sh", "-euc", `${SET_UP}\n${commands}`, folder];
    const { code, stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The webhook kubeconfig, where it is looked for by default. */
export const WEBHOOK = { "/etc/kubernetes/ram-auth/kubeconfig.yaml": "made up\n" };
