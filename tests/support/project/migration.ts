/**
 * Walks through a page of the documentation that moves a cluster from a peer: runs each of its commands as it stands, on
 * a tree of files of the test's own.
 *
 * systemd cannot run in a test. In its place `systemctl start` runs what the page has for the unit, and `systemctl stop`
 * sends the signal that systemd would.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { shellCommands, withoutSection } from "./shell_commands.ts";
import { installTestBinary } from "../test_binary.ts";

/** What systemd would do. */
export interface Units {
  stop(unit: string): Promise<void>;
  /** `args`: of `ram-auth`, where that is what the page has for the unit. */
  start(unit: string, args: readonly string[]): Promise<void>;
}

/** Where the page's commands run. */
export interface MigrationSite {
  /** Stands in the place of `/`. */
  readonly root: string;
  readonly units: Units;
  readonly kubeconfig: string;
  readonly env: Readonly<Record<string, string>>;
  /** Replaced in each command. */
  readonly replace?: readonly (readonly [string, string])[];
  /** The heading of a section that is for others. Default: none is. */
  readonly leaveOut?: string;
}

/** What a command printed. */
export interface Done {
  readonly command: string;
  readonly output: string;
}

/**
 * Runs the commands of the page one after another; `onDone` is called after each.
 *
 * @throws {AssertionError} if one fails
 */
export async function followPage(
  page: string,
  { root, units, kubeconfig, env, replace = [], leaveOut }: MigrationSite,
  onDone: (done: Done) => Promise<void>,
): Promise<void> {
  const bin = `${root}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  if (await installTestBinary(bin) === undefined) await writeWrapper(`${bin}/ram-auth`);
  const text = await Deno.readTextFile(page);
  const commands = shellCommands(leaveOut === undefined ? text : withoutSection(text, leaveOut)).map((command) =>
    inTree(command, root, replace)
  );
  const server = commands.find((command) => command.startsWith("ram-auth server "));
  assert.ok(server !== undefined, `${page} does not say how the server is run`);
  for (const command of commands.filter((one) => one !== server)) {
    const [, verb, unit] = /^systemctl (stop|start) (\S+)$/.exec(command) ?? [];
    if (verb === "stop") await units.stop(unit!);
    else if (verb === "start") await units.start(unit!, unit === "ram-auth" ? server.split(" ").slice(1) : []);
    const output = verb === undefined ? await run(command, { PATH: bin, KUBECONFIG: kubeconfig, ...env }) : "";
    await onDone({ command, output });
  }
}

function inTree(command: string, root: string, replace: readonly (readonly [string, string])[]): string {
  const moved = command.replace(/(?<=[\s=]|^)\/(?=etc\/|var\/)/g, `${root}/`);
  return replace.reduce((text, [from, to]) => text.replaceAll(from, to), moved);
}

async function run(command: string, { PATH, ...env }: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-euc", command],
    env: { ...env, PATH: `${PATH}:${Deno.env.get("PATH")}` },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, `${command}: ${text}`);
  return text;
}

async function writeWrapper(path: string): Promise<void> {
  const args = ["run", "--quiet", ...SERVER_PERMISSIONS, `${Deno.cwd()}/main.ts`];
  await Deno.writeTextFile(path, `#!/bin/sh\nexec '${Deno.execPath()}' ${args.join(" ")} "$@"\n`, { mode: 0o755 });
}
