/**
 * `ram-auth credential-plugin get-token`: `ram-auth token` for Alibaba Cloud, by the flags of ack-ram-tool, so that a
 * kubeconfig of ACK changes only its `command`.
 *
 * @module
 */

import { aliyunConfig, aliyunConfigAt } from "../../clouds/alibaba/credentials/aliyun_config.ts";
import { environment } from "../../clouds/alibaba/credentials/environment.ts";
import { loadSigner } from "../../clouds/registry.ts";
import type { CredentialSource } from "../../clouds/signer.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { inHome } from "../../home.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { agreeing, printToken } from "./token.ts";
import { quoted } from "../../quote.ts";

/** Names the sessions of the roles that ack-ram-tool assumes; mappings may give the name on as a username. */
const SESSION_NAME_VARIABLE = "ALIBABA_CLOUD_ROLE_SESSION_NAME";

/** What ack-ram-tool calls them otherwise. */
const USUAL_SESSION_NAME = "ack-ram-tool";

/** Mints and prints; nothing but the answer goes to standard output. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const arns = settings.get("role");
  const sources = credentialSources(settings, world);
  const name = world.env(SESSION_NAME_VARIABLE) || USUAL_SESSION_NAME;
  await printToken(world, {
    ...await loadSigner(agreeing("alibaba", arns, () => "use ram-auth token")),
    credentialSources: () => sources,
  }, {
    clusterId: settings.require("cluster-id"),
    profile: settings.get("profile"),
    roles: arns && { arns, terms: { session: { kind: "given", name } } },
    sts: {
      region: settings.get("region"),
      endpoint: settings.get("sts-endpoint"),
      caFile: settings.get("sts-ca-file"),
      profile: settings.get("profile"),
    },
    bare: false,
    version: settings.get("api-version"),
  });
  return 0;
}

/**
 * Where credentials may be, in the order of ack-ram-tool: the environment comes first even if a profile is named.
 *
 * @throws {UsageError} if they are to come from where this version does not look
 */
export function credentialSources(settings: Settings, world: World): readonly CredentialSource[] {
  if (settings.get("credential-type") === "imds") {
    throw new UsageError(
      'Cannot use credentials of type "imds": the ECS metadata service is not supported; put keys into the ' +
        "environment or into ~/.aliyun/config.json",
    );
  }
  const file = settings.get("profile-file");
  if (file !== undefined) return [aliyunConfigAt(configPath(file, world))];
  const fromEnvironment: CredentialSource = {
    name: environment.name,
    find: (world) => environment.find(world, { profile: undefined }),
  };
  return [
    ...(settings.get("ignore-env-credentials") ? [] : [fromEnvironment]),
    ...(settings.get("ignore-aliyun-cli-credentials") ? [] : [aliyunConfig]),
  ];
}

function configPath(file: string, world: World): string {
  if (!file.endsWith(".json")) {
    throw new UsageError(
      `Cannot use credentials file ${
        quoted(file)
      }: only the aliyun CLI's JSON format is supported; name a ".json" file`,
    );
  }
  return inHome(world, file);
}
