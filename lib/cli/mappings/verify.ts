/**
 * `ram-auth verify`: verifies one token as the server would, and says which step refused it and why. For the operator's
 * eyes: unlike an answer to the API server, it hides nothing but the token.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { TokenError } from "../../clouds/cloud.ts";
import { loadClouds } from "../../clouds/registry.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import { acceptsConnection, readBodyCapped, readCaBundle } from "../../http.ts";
import type { Identity } from "../../identity/identity.ts";
import { createHttpsClient } from "../../review/https/client.ts";
import { createStsClient } from "../../review/sts_client.ts";
import { identify } from "../../review/verifier.ts";
import { jsonLines, printable } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";

/** Most bytes of standard input that are read; a longer one is no token. */
const MAX_INPUT_BYTES = 65_536;

/** What verifying found out. */
export type Outcome =
  | { readonly verified: true; readonly identity: Identity; readonly stsEndpoint: string }
  | { readonly verified: false; readonly step: "token" | "sts"; readonly error: RamAuthError };

/** Prints the identity or the refusal. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const clusterId = settings.require("cluster-id");
  const given = settings.require("token").reveal();
  const token = given === "-" ? await readToken(world) : given;
  const outcome = await verify(world, settings, { clusterId, token });
  world.stdout.write(settings.get("output") === "json" ? asJson(outcome) : asText(outcome));
  return outcome.verified ? 0 : 1;
}

/** Verifies a token as the server would: STS is asked. */
export async function verify(
  world: World,
  settings: Settings,
  { clusterId, token }: { readonly clusterId: string; readonly token: string },
): Promise<Outcome> {
  const cloud = (await loadClouds()).find(({ tokenPrefix }) => token.startsWith(tokenPrefix));
  if (cloud === undefined) {
    const error = new TokenError(
      "malformed",
      "Cannot read the token: it does not start like a token of Alibaba Cloud or AWS; check what you copied",
    );
    return { verified: false, step: "token", error };
  }
  cloud.assertClusterId(clusterId);
  const reader = await cloud.createReader({
    stsEndpoint: settings.get("sts-endpoint"),
    region: settings.get("region"),
    network: settings.get("sts-network"),
    partition: settings.get("partition"),
    stsHosts: settings.get("sts-hosts") ?? [],
    stsHostsOnly: settings.get("sts-hosts-only"),
  }, acceptsConnection);
  const caCerts = await readCaBundle(world, settings.get("sts-ca-file"));
  using https = createHttpsClient(world, { caCerts });
  try {
    const sts = createStsClient(world, https);
    const identity = await identify({ clusterId, sts, now: () => world.now() }, reader, token);
    return { verified: true, identity, stsEndpoint: reader.endpoint };
  } catch (error) {
    if (!(error instanceof RamAuthError)) throw error;
    return { verified: false, step: error instanceof TokenError ? "token" : "sts", error };
  }
}

async function readToken(world: World): Promise<string> {
  const bytes = await readBodyCapped(world.stdin.readable, MAX_INPUT_BYTES);
  const token = new TextDecoder().decode(bytes).trim();
  if (token === "") {
    throw new UsageError("Cannot verify a token: standard input is empty; pipe in the token, or give it with -t");
  }
  return token;
}

function asJson(outcome: Outcome): string {
  const shown = outcome.verified ? outcome : {
    verified: false,
    step: outcome.step,
    code: outcome.error.code,
    reason: outcome.error instanceof TokenError ? outcome.error.reason : undefined,
    message: outcome.error.message,
  };
  return jsonLines(shown);
}

function asText(outcome: Outcome): string {
  if (!outcome.verified) {
    const step = outcome.step === "token" ? "before STS was asked" : "by asking STS";
    return `${printable(`refused ${step}: ${outcome.error.message}`)}\n`;
  }
  const { identity, stsEndpoint } = outcome;
  const rows = Object.entries({ ...identity, stsEndpoint }).filter(([, value]) => value !== "");
  return `verified\n${rows.map(([name, value]) => `  ${name.padEnd(14)}${printable(value)}\n`).join("")}`;
}
