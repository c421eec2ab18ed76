/**
 * Homes with AWS's shared files and an environment, made up at random: what people write, and slips in it.
 *
 * @module
 */

import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { pick, type Random } from "../support/seeded_random.ts";

/** A home and what is asked there. */
export interface MadeUpHome {
  /** Text by file name in `~/.aws`; `HOME` stands for the folder. */
  readonly files: Readonly<Record<string, string>>;
  /** `HOME` stands for the folder. */
  readonly env: Readonly<Record<string, string>>;
  readonly profile: string | undefined;
}

/** Endpoints that stand in for those of a container and an instance. */
export interface MachineUrls {
  readonly container: string;
  readonly metadata: string;
}

const { dave, erin, clusterAdmin, federated } = DEMO_AWS_PRINCIPALS;
const HOLDERS = [dave, erin, clusterAdmin, federated, {
  accessKeyId: "AKIAMADEUPNOBODY0001",
  accessKeySecret: "MadeUpOfNobody",
}];
const NAMES = ["default", "a", "b", "c", "my team"];
const ACCOUNT = "arn:aws:iam::123456789012:role";
const ROLES = ["ClusterAdmin", "ClusterAdmin", "ops/ClusterViewer", "Partner", "Nobody"].map((name) =>
  `${ACCOUNT}/${name}`
);

/** The token that the emulator takes for the role `Pod`. */
const IDENTITY = "MadeUpHeader.MadeUpClaims.MadeUpSignature";

/** Makes one. */
export function makeUpHome(random: Random, urls: MachineUrls): MadeUpHome {
  const chance = (share: number) => random() < share;
  const files: Record<string, string> = {
    config: writeFile(random, "config"),
    credentials: writeFile(random, "credentials"),
    identity: IDENTITY,
  };
  if (chance(0.1)) delete files["config"];
  if (chance(0.1)) delete files["credentials"];
  const env: Record<string, string> = {};
  if (chance(0.25)) Object.assign(env, keyVariables(random));
  if (chance(0.3)) env["AWS_PROFILE"] = pick([...NAMES, "gone"], random);
  if (chance(0.1)) env["AWS_DEFAULT_PROFILE"] = pick(NAMES, random);
  if (chance(0.15)) {
    env["AWS_WEB_IDENTITY_TOKEN_FILE"] = pick(["HOME/.aws/identity", "HOME/.aws/identity", "/not/there"], random);
    if (chance(0.9)) env["AWS_ROLE_ARN"] = `${ACCOUNT}/Pod`;
    if (chance(0.5)) env["AWS_ROLE_SESSION_NAME"] = "of-variable";
  }
  if (chance(0.2)) env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = urls.container;
  if (chance(0.2)) env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = urls.metadata;
  else env["AWS_EC2_METADATA_DISABLED"] = "true";
  return { files, env, profile: chance(0.35) ? pick([...NAMES, "gone"], random) : undefined };
}

function keyVariables(random: Random): Record<string, string> {
  const holder = pick(HOLDERS, random);
  const token = "securityToken" in holder ? holder.securityToken : undefined;
  const name = pick(["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"], random);
  const both = random() < 0.2 ? { AWS_SESSION_TOKEN: "MadeUpOtherToken" } : {};
  const keys: Record<string, string> = {
    ...both,
    AWS_ACCESS_KEY_ID: holder.accessKeyId,
    AWS_SECRET_ACCESS_KEY: holder.accessKeySecret,
    ...(token === undefined ? {} : { [name]: token }),
  };
  if (random() < 0.1) delete keys[pick(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], random)];
  return keys;
}

function writeFile(random: Random, file: "config" | "credentials"): string {
  const sections = NAMES.filter((name) => random() < (name === "default" ? 0.75 : 0.6)).map((name) => {
    const title = file === "credentials" || name === "default" && random() < 0.8 ? name : pick(
      name.includes(" ") ? [`profile "${name}"`, `profile '${name}'`] : [`profile ${name}`, `profile "${name}"`],
      random,
    );
    return writeSection(random, title, profileSettings(random));
  });
  if (random() < 0.06) sections.unshift(writeSection(random, "DEFAULT", [["region", "eu-west-1"]]));
  if (random() < 0.04) sections.push(sections[0] ?? "");
  if (random() < 0.1) sections.push(writeSection(random, "sso-session corp", [["sso_region", "eu-west-1"]]));
  if (random() < 0.1) sections.push("[preview]\ncloudfront = true\n");
  return `${random() < 0.2 ? "# of a test\n" : ""}${sections.join(random() < 0.5 ? "\n" : "")}`;
}

type Setting = readonly [key: string, value: string];

function profileSettings(random: Random): readonly Setting[] {
  const settings: Setting[] = [];
  const kinds = [
    "keys",
    "keys",
    "keys",
    "keys",
    "keys",
    "role",
    "role",
    "role",
    "web",
    "process",
    "sso",
    "region",
    "keys and role",
  ];
  const kind = pick(kinds, random);
  if (/keys/.test(kind)) settings.push(...keySettings(random));
  if (/role/.test(kind)) settings.push(...roleSettings(random));
  if (kind === "web") {
    settings.push(["web_identity_token_file", pick(["HOME/.aws/identity", "/not/there"], random)]);
    if (random() < 0.9) settings.push(["role_arn", `${ACCOUNT}/Pod`]);
  }
  if (kind === "process") settings.push(["credential_process", processCommand(random)]);
  if (kind === "sso") {
    settings.push(["sso_session", pick(["corp", "gone"], random)], ["sso_account_id", "123456789012"]);
    if (random() < 0.8) settings.push(["sso_role_name", "Admin"]);
  }
  if (random() < 0.3) settings.push(["region", pick(["eu-west-1", "us-east-1"], random)]);
  if (random() < 0.1) settings.push(["s3", "\n  addressing_style = path\n  max_queue_size = 10"]);
  return settings;
}

function keySettings(random: Random): readonly Setting[] {
  const holder = pick(HOLDERS, random);
  const settings: Setting[] = [];
  if (random() < 0.97) settings.push(["aws_access_key_id", holder.accessKeyId]);
  if (random() < 0.97) settings.push(["aws_secret_access_key", holder.accessKeySecret]);
  if ("securityToken" in holder) {
    settings.push([pick(["aws_session_token", "aws_security_token"], random), holder.securityToken]);
    if (random() < 0.1) settings.push(["aws_session_token", "MadeUpOtherToken"]);
  }
  return settings.filter(([key], place) => settings.findIndex(([other]) => other === key) === place);
}

function roleSettings(random: Random): readonly Setting[] {
  const settings: Setting[] = [["role_arn", pick(ROLES, random)]];
  const source = random();
  if (source < 0.7) settings.push(["source_profile", pick([...NAMES, "gone"], random)]);
  if (source > 0.65 && source < 0.95) {
    const sources = ["Environment", "EcsContainer", "Ec2InstanceMetadata", "environment", "Nowhere"];
    settings.push(["credential_source", pick(sources, random)]);
  }
  if (random() < 0.4) settings.push(["external_id", "MadeUpExternalId"]);
  if (random() < 0.4) settings.push(["role_session_name", "of-profile"]);
  if (random() < 0.2) settings.push(["duration_seconds", pick(["900", "3600", "soon"], random)]);
  return settings;
}

function processCommand(random: Random): string {
  const { accessKeyId, accessKeySecret, securityToken } = clusterAdmin;
  const keys = { Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: accessKeySecret, SessionToken: securityToken };
  const answer = pick([keys, keys, keys, { ...keys, Version: 2 }, { Version: 1 }], random);
  return pick([`printf %s '${JSON.stringify(answer)}'`, `/bin/sh -c "exit 3"`, "/not/there"], random);
}

/** The same settings, as different people write them. */
function writeSection(random: Random, title: string, settings: readonly Setting[]): string {
  const indent = random() < 0.1 ? "  " : "";
  const equals = pick([" = ", "=", " =", ": ", "="], random);
  const lines = settings.map(([key, value]) => {
    const spelled = random() < 0.2 ? pick([key.toUpperCase(), key.replace(/^./, (c) => c.toUpperCase())], random) : key;
    const slip = random() < 0.02 ? "   " : "";
    const nested = value.replaceAll("\n", `\n${indent}${slip}`);
    return `${indent}${slip}${spelled}${equals}${nested}${random() < 0.1 ? "  " : ""}`;
  });
  if (random() < 0.15) lines.splice(1, 0, pick(["", "# a comment", "; a comment"], random));
  return `[${title}]\n${lines.join("\n")}\n`;
}
