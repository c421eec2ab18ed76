/**
 * The `exec` section by which kubectl calls `ram-auth token`.
 *
 * Source: "client-go credential plugins", Kubernetes documentation; API group client.authentication.k8s.io, v1.
 *
 * @module
 */

import { loadCloud } from "../../clouds/registry.ts";
import type { Settings } from "../../config/settings.ts";
import { messageOf, UsageError } from "../../errors.ts";
import type { CloudId } from "../../identity/identity.ts";
import type { World } from "../../world.ts";
import type { ClusterWanted } from "./cluster.ts";
import { OUR_PROGRAM } from "./programs.ts";
import { cloudOfRoles } from "../login/roles.ts";
import { agreeing, readRoles } from "../login/token.ts";
import { findKeys, findOtherKeys } from "../login/other_keys.ts";
import type { YamlValue } from "../../yaml/write.ts";
import { quoted } from "../../quote.ts";

/** What kubectl says where it does not find us. */
const INSTALL_HINT = "Install ram-auth and put it on the PATH, as its docs/install.md says.";

/**
 * The section for a cluster.
 *
 * `interactiveMode` lends the terminal to `token`, which asks for the code of an MFA device there, and reads nothing from
 * it otherwise. Where there is no terminal, or kubectl needs its standard input itself, it does without.
 *
 * @throws {UsageError} if no token can be made of these settings
 */
export async function execSection(
  settings: Settings,
  world: World,
  { clusterId, cloud: onlyCloud, region }: Pick<ClusterWanted, "clusterId" | "cloud" | "region">,
): Promise<Readonly<Record<string, YamlValue>>> {
  const cloud = chooseCloud(settings, onlyCloud) ?? await cloudOfOtherKeys(settings, world);
  (await loadCloud(cloud ?? "alibaba")).assertClusterId(clusterId);
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command: OUR_PROGRAM,
    args: [
      "token",
      ...valued("-i", clusterId),
      ...(cloud === undefined ? [] : ["--cloud", cloud]),
      ...await flags(settings, world, region),
    ],
    interactiveMode: "IfAvailable",
    provideClusterInfo: false,
    installHint: INSTALL_HINT,
  };
}

/** Written down where it is known, so that no variable of the day of the login decides. */
function chooseCloud(settings: Settings, onlyCloud: CloudId | undefined): CloudId | undefined {
  const roles = settings.get("role");
  const ofRole = cloudOfRoles(roles ?? []);
  const given = settings.get("cloud");
  if (onlyCloud === undefined && given !== undefined) return agreeing(given, roles);
  const cloud = onlyCloud ?? given ?? ofRole;
  for (const [what, other] of [[`--cloud ${given}`, given], [`role ${quoted(roles?.[0] ?? "")}`, ofRole]] as const) {
    if (other !== undefined && other !== cloud) {
      throw new UsageError(
        `Cannot use ${what} here: the token is one of ${cloud}; leave it out, or choose one of ${cloud}`,
      );
    }
  }
  return cloud;
}

/** Where nothing names a cloud, a login goes by Alibaba Cloud's keys; whoever has only another's cannot mean that. */
async function cloudOfOtherKeys(settings: Settings, world: World): Promise<CloudId | undefined> {
  const want = { profile: settings.get("profile") };
  if (await findKeys(world, "alibaba", want) !== undefined) return undefined;
  const other = await findOtherKeys(world, "alibaba", want);
  if (other === undefined) return undefined;
  world.stderr.write(
    `ram-auth: notice: logins use --cloud ${other.cloud}: there are no keys of Alibaba Cloud, but ${other.text}\n`,
  );
  return other.cloud;
}

async function flags(settings: Settings, world: World, region: string | undefined): Promise<string[]> {
  const { arns = [], terms } = await readRoles(settings, world) ?? {};
  const [policy, duration] = [settings.get("policy"), settings.get("duration")];
  const caFile = settings.get("sts-ca-file");
  const texts = [
    ...arns.map((arn) => ["-r", arn] as const),
    ["-e", terms?.externalId],
    ["-s", terms?.session.kind === "given" ? terms.session.name : undefined],
    ["--duration", terms && duration?.toString()],
    ["--policy", terms && policy && await wholePath(world, policy, "the session policy")],
    ...(terms?.policyArns ?? []).map((arn) => ["--policy-arn", arn] as const),
    ["--mfa-serial", terms?.mfaSerial],
    ["--cache-dir", settings.get("cache") ? await wholeFolder(world, settings.get("cache-dir")) : undefined],
    ["--profile", settings.get("profile")],
    ["--region", region],
    ["--sts-endpoint", settings.get("sts-endpoint")],
    ["--sts-ca-file", caFile && await wholePath(world, caFile, "the CA bundle")],
  ] as const;
  return [
    ...texts.flatMap(([flag, text]) => text === undefined ? [] : valued(flag, text)),
    ...(settings.get("cache") ? ["--cache"] : []),
    ...(terms?.session.kind === "of_caller" ? ["--forward-session-name"] : []),
  ];
}

/** A value that looks like a flag is one word with its own. */
function valued(flag: string, text: string): string[] {
  return text.startsWith("-") ? [`${flag}=${text}`] : [flag, text];
}

/** kubectl runs us in whatever folder it is run in. A link stays one: where it leads may change with each update. */
async function wholePath(world: World, path: string, what: string): Promise<string> {
  try {
    await world.fs.realPath(path);
    return await fromHere(world, path);
  } catch (cause) {
    throw new UsageError(`Cannot use ${what} ${quoted(path)}: ${messageOf(cause)}; check the path`, {
      cause,
    });
  }
}

async function fromHere(world: World, path: string): Promise<string> {
  return /^(?:[A-Za-z]:)?[/\\]/.test(path) ? path : `${await world.fs.realPath(".")}/${path}`;
}

/** The same of a folder that need not be there; `~` is read as the home at each login. */
async function wholeFolder(world: World, path: string | undefined): Promise<string | undefined> {
  return path === undefined || path.startsWith("~") ? path : await fromHere(world, path);
}
