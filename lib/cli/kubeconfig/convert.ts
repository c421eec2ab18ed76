/**
 * Users of a kubeconfig that call another tool for their tokens, made to call ram-auth: only the `command` changes
 * where our command takes the same arguments. What cannot be taken over is left as it is, and told.
 *
 * @module
 */

import { parseFlags, splitAtCommand } from "../../config/flags.ts";
import { loadSettings } from "../../config/settings.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import type { World } from "../../world.ts";
import { credentialSources } from "../login/credential_plugin.ts";
import { assertJson } from "../login/eks_get_token.ts";
import { changeKubeconfig, KubeconfigError, readKubeconfig } from "./file.ts";
import { entriesOf, keysOf } from "./merged.ts";
import { OUR_PROGRAM, type Peer } from "./programs.ts";
import { findPeerCall } from "./wrappers.ts";
import { cloudOfRoles } from "../login/roles.ts";
import { readRoles } from "../login/token.ts";
import type { Plain, YamlChange } from "../../yaml/merge.ts";
import { quoted } from "../../quote.ts";

/** What becomes of one user that calls another tool. */
export type Conversion =
  & { readonly user: string; readonly program: string }
  & (
    | { readonly outcome: "converted"; readonly changes: readonly YamlChange[]; readonly notices: readonly string[] }
    | { readonly outcome: "left"; readonly why: string }
  );

/** What becomes of a kubeconfig. */
export interface Converted {
  readonly text: string;
  /** What becomes of each user that calls another tool; of the others, nothing does. */
  readonly conversions: readonly Conversion[];
}

/**
 * Converts the users of a kubeconfig that can be.
 *
 * @throws {KubeconfigError} if it is none that kubectl loads
 */
export async function convertKubeconfig(path: string, text: string, world: World): Promise<Converted> {
  const planned = await planConversions(readKubeconfig(path, text), world);
  const together = changed(path, text, planned.flatMap((one) => one.outcome === "converted" ? one.changes : []));
  if (together !== undefined) return { text: together, conversions: planned };
  // Anchors and merge keys tie users together, in some of them at least.
  let after = text;
  const conversions = planned.map((one): Conversion => {
    if (one.outcome === "left") return one;
    const alone = changed(path, after, one.changes);
    if (alone === undefined) return { ...left(one), why: TIED };
    after = alone;
    return one;
  });
  return { text: after, conversions };
}

const TIED = "an anchor or a merge key (<<) gives its exec section to others, or from them; write the section out";

function changed(path: string, text: string, changes: readonly YamlChange[]): string | undefined {
  try {
    return changeKubeconfig(path, text, changes);
  } catch (error) {
    if (error instanceof KubeconfigError) return undefined;
    throw error;
  }
}

function left({ user, program }: Pick<Conversion, "user" | "program">) {
  return { user, program, outcome: "left" } as const;
}

async function planConversions(content: Plain, world: World): Promise<readonly Conversion[]> {
  const planned = entriesOf({ path: "", content }, "user").map(async ({ name: user, index, value }) => {
    const { command, args, apiVersion, env } = keysOf(value.exec) as Exec;
    if (!command) return [];
    const found = findPeerCall({ command, args: (args ?? []).map((arg) => arg ?? "") });
    if (found === undefined) return [];
    if ("why" in found) return [{ ...left({ user, program: command }), why: found.why }];
    const one = { user, program: found.command };
    let taken: Taken;
    try {
      taken = await takeOver(found.peer, found.args, {
        ...world,
        env: (name) => found.env[name] ?? variable(env, name),
      });
    } catch (error) {
      if (!(error instanceof RamAuthError)) throw error;
      return [{ ...left(one), why: error.message }];
    }
    const now = found.replacedBy({ command: OUR_PROGRAM, args: taken.args });
    const path = ["users", index, "user", "exec"];
    const conversion: Conversion = {
      ...one,
      outcome: "converted",
      changes: [
        ...(now.command === command ? [] : [{ path: [...path, "command"], value: now.command }]),
        ...(JSON.stringify(now.args) === JSON.stringify(args) ? [] : [{ path: [...path, "args"], value: now.args }]),
      ],
      notices: [...taken.notices, ...noticesOf(found.command, apiVersion)],
    };
    return [conversion];
  });
  return (await Promise.all(planned)).flat();
}

/** The exec section of a kubeconfig that kubectl loads. */
interface Exec {
  readonly command?: string | null;
  readonly args?: readonly (string | null)[] | null;
  readonly apiVersion?: string | null;
  readonly env?: readonly ({ readonly name?: string | null; readonly value?: string | null } | null)[] | null;
}

/** Arguments as our command takes them. */
interface Taken {
  readonly args: readonly string[];
  readonly notices: readonly string[];
}

/** @throws {RamAuthError} if our command does not take the arguments of the other tool's */
async function takeOver({ command, cloud }: Peer, args: readonly string[], world: World): Promise<Taken> {
  const { word, rest } = splitAtCommand(args, (name) => name === command);
  if (word !== command) throw new UsageError(`it does not call "${command}", which is the only one ram-auth replaces`);
  const flags = await parseFlags(command, rest);
  // What a config file says today may be another thing tomorrow.
  if (flags.has("config")) return { args: withCloud(args, cloud, flags.get("role")), notices: [] };
  const settings = await loadSettings(command, flags, world);
  settings.require("cluster-id");
  const { notices } = settings;
  switch (command) {
    case "token":
      return { args: withCloud(args, cloud, (await readRoles(settings, { ...world, ...SILENT }))?.arns), notices };
    case "eks get-token":
      assertJson(settings);
      return { args, notices };
    case "credential-plugin get-token":
      credentialSources(settings, world);
      return { args, notices };
  }
}

/** Says nothing: what it would say is said at each login. */
const SILENT = { stderr: { write: () => {}, isTerminal: false } };

/** `ram-auth token` is for Alibaba Cloud unless a role or a flag says otherwise. */
function withCloud(args: readonly string[], cloud: Peer["cloud"], roles: readonly string[] = []): readonly string[] {
  if (cloud === "alibaba" || cloudOfRoles(roles) === cloud) return args;
  return [...args, `--cloud=${cloud}`];
}

function noticesOf(program: string, apiVersion: unknown): string[] {
  return [
    ...(/[/\\]/.test(program)
      ? [`it called ${quoted(program)} by its path; ${OUR_PROGRAM} is looked for on the PATH`]
      : []),
    ...(apiVersion === "client.authentication.k8s.io/v1alpha1"
      ? [
        'its apiVersion "client.authentication.k8s.io/v1alpha1" has not been read by kubectl since 1.24; write v1beta1',
      ]
      : []),
  ];
}

/** A variable that the entry sets for the program. */
function variable(env: Exec["env"], name: string): string | undefined {
  return env?.find((item) => item?.name === name)?.value ?? undefined;
}
