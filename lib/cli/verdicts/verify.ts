/**
 * `ram-auth verify`: verifies one token as the server would, and says which step refused it and why, or who logs in.
 * Unlike an answer to the API server, it hides nothing but the token and scrubbed accounts.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { createScrubber } from "../../mapping/scrub.ts";
import { jsonLines, printable, quoted } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { readGiven } from "./given.ts";
import { cloudsToRead, namesSources } from "../mappings/read_sources.ts";
import { createServerMapper, serverDenyList } from "./server_mapper.ts";
import { type Failure, type ServerParts, type Step, type Verification, verify } from "./verification.ts";
import { factLines } from "../table.ts";

/** Where there is no user because no mapping was asked. */
const NOT_CHECKED = "mapping not checked, because no config file is given; to check it, add the server's, as in: " +
  "ram-auth verify -t - -c /etc/ram-auth/config.yaml";

/** Where each step ends. */
const AT: Readonly<Record<Step, string>> = {
  token: " before STS was asked",
  deny: " by the deny list",
  sts: " by asking STS",
  mapping: "",
};

/** Prints the user, or the identity where no mapping is named, or the refusal. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const clusterId = settings.require("cluster-id");
  const token = await readGiven(world, settings.require("token").reveal(), {
    attempt: "Cannot verify a token",
    wanted: "the token, or give it with -t",
  });
  const server = await serverParts(settings, world);
  const verified = await verify(world, settings, { clusterId, token, ...(server && { server }) });
  const { scrubAll } = createScrubber(() => settings.get("scrubbed-accounts") ?? []);
  const found = scrubAll(verified, verified.identity);
  world.stdout.write(settings.get("output") === "json" ? asJson(found) : asText(found));
  return found.failure === undefined ? 0 : 1;
}

async function serverParts(settings: Settings, world: World): Promise<ServerParts | undefined> {
  if (!namesSources(settings, world)) return undefined;
  const clouds = (await cloudsToRead(settings, settings.get("file") ?? [])).map(({ id }) => id);
  return { clouds, deny: await serverDenyList(settings), mapping: createServerMapper(settings, world) };
}

/** A refusal in words, with the reason by which logs and documentation know it; or that nothing could be decided. */
export function failureText({ step, reason, code, message }: Failure): string {
  return reason === undefined
    ? `no decision${AT[step]}: ${message} (${code})`
    : `refused${AT[step]}: ${message} (reason: ${reason})`;
}

function asJson({ identity, stsEndpoint, user, failure }: Verification): string {
  if (identity === undefined) return jsonLines({ verified: false, ...failure });
  const mapping = user !== undefined
    ? { result: "allowed", user }
    : failure !== undefined
    ? { result: failure.reason === undefined ? "unknown" : "refused", ...failure }
    : { result: "not_checked", message: NOT_CHECKED };
  return jsonLines({ verified: true, identity, stsEndpoint, mapping });
}

function asText({ identity, stsEndpoint, user, failure }: Verification): string {
  const facts = identity === undefined ? [] : ["verified", ...factLines({ ...identity, stsEndpoint })];
  const end = failure !== undefined
    ? [failureText(failure)]
    : user === undefined
    ? [NOT_CHECKED]
    : ["mapped", ...factLines({ username: user.username, groups: user.groups.map(quoted).join(", "), uid: user.uid })];
  return `${[...facts, ...end].map(printable).join("\n")}\n`;
}
