/**
 * `ram-auth credential-plugin get-token`: `ram-auth token` for Alibaba Cloud, by the flags of ack-ram-tool, so that a
 * kubeconfig of ACK changes only its `command`.
 *
 * @module
 */

import { aliyunConfig, aliyunConfigAt } from "../../clouds/alibaba/credentials/aliyun_config.ts";
import { environment } from "../../clouds/alibaba/credentials/environment.ts";
import { loadSigner } from "../../clouds/registry.ts";
import { type CredentialSource, sourceLater } from "../../clouds/signer.ts";
import type { Settings } from "../../config/settings.ts";
import { inHome } from "../../home.ts";
import { importLater } from "../../import_later.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { agreeing, printToken } from "./token.ts";

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

/** Where credentials may be, in the order of ack-ram-tool: the environment comes first even if a profile is named. */
export function credentialSources(settings: Settings, world: World): readonly CredentialSource[] {
  if (settings.get("credential-type") === "imds") return [instance];
  const file = settings.get("profile-file");
  if (file !== undefined) {
    const path = inHome(world, file);
    return [path.endsWith(".json") ? aliyunConfigAt(path) : sdkFileAt(path)];
  }
  return [
    ...(settings.get("ignore-env-credentials") ? [] : [variables, namedServer]),
    ...(settings.get("ignore-aliyun-cli-credentials") ? [] : [aliyunConfig]),
    sdkFile,
  ];
}

/** Names the file of an OIDC token, for which other variables name the role. */
const OIDC_VARIABLE = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";

/** Keys with a security token come before an OIDC token, and that before other keys. */
const variables: CredentialSource = {
  name: environment.name,
  callsOthers: true,
  async find(world, want) {
    const keys = await environment.find(world, { profile: undefined });
    if ("securityToken" in keys || !world.env(OIDC_VARIABLE)) return keys;
    const { rrsa } = await importLater<typeof import("../../clouds/alibaba/credentials/rrsa.ts")>(
      "../../clouds/alibaba/credentials/rrsa.ts",
      import.meta.url,
    );
    return await rrsa.find(namingSessions(world), { ...want, profile: undefined });
  },
};

/** A world in which the sessions of roles are called as ack-ram-tool calls them. */
function namingSessions(world: World): World {
  return {
    ...world,
    env: (name) => world.env(name) || (name === SESSION_NAME_VARIABLE ? USUAL_SESSION_NAME : undefined),
  };
}

/** The server of the environment, whatever profile is named. */
const namedServer: CredentialSource = {
  name: "ALIBABA_CLOUD_CREDENTIALS_URI",
  callsOthers: true,
  async find(world, want) {
    const { askNamedServer } = await importLater<typeof import("../../clouds/alibaba/credentials/credentials_uri.ts")>(
      "../../clouds/alibaba/credentials/credentials_uri.ts",
      import.meta.url,
    );
    return await askNamedServer(world, want);
  },
};

const sdkFile = sourceLater("~/.alibabacloud/credentials", async () => (await loadSdkFile()).sdkCredentials);

function sdkFileAt(path: string): CredentialSource {
  return sourceLater(path, async () => (await loadSdkFile()).sdkCredentialsAt(path));
}

async function loadSdkFile() {
  return await importLater<typeof import("../../clouds/alibaba/credentials/sdk_credentials.ts")>(
    "../../clouds/alibaba/credentials/sdk_credentials.ts",
    import.meta.url,
  );
}

/** The ECS metadata service, whatever profile is named. */
const instance: CredentialSource = {
  name: "ECS metadata service",
  callsOthers: true,
  async find(world) {
    const { askInstance } = await importLater<typeof import("../../clouds/alibaba/credentials/ecs_metadata.ts")>(
      "../../clouds/alibaba/credentials/ecs_metadata.ts",
      import.meta.url,
    );
    return await askInstance(world, undefined);
  },
};
