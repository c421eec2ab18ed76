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
import { entriesOf, keysOf } from "./entries.ts";
import { OUR_PROGRAM, type Peer, peerOf } from "./programs.ts";
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

/** What becomes of each user that calls another tool; of the others, nothing. */
export async function planConversions(kubeconfig: Plain, world: World): Promise<readonly Conversion[]> {
  const planned = entriesOf(kubeconfig, "user").map(async ({ name: user, index, value }): Promise<Conversion[]> => {
    const { command, args = [], apiVersion, env } = keysOf(value.exec);
    const peer = typeof command === "string" ? peerOf(command) : undefined;
    if (peer === undefined) return [];
    const program = String(command);
    const left = (why: string): Conversion[] => [{ user, program, outcome: "left", why }];
    if (!isTexts(args)) return left("its args are not a list of strings");
    let taken: Taken;
    try {
      taken = await takeOver(peer, args, { ...world, env: (name) => variable(env, name) });
    } catch (error) {
      if (!(error instanceof RamAuthError)) throw error;
      return left(error.message);
    }
    const path = ["users", index, "user", "exec"];
    return [{
      user,
      program,
      outcome: "converted",
      changes: [{ path: [...path, "command"], value: OUR_PROGRAM }, { path: [...path, "args"], value: taken.args }]
        .filter(({ value }) => value !== args),
      notices: [...taken.notices, ...noticesOf(program, apiVersion)],
    }];
  });
  return (await Promise.all(planned)).flat();
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
function variable(env: unknown, name: string): string | undefined {
  const found = Array.isArray(env) ? env.map(keysOf).find((item) => item.name === name) : undefined;
  return typeof found?.value === "string" ? found.value : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
