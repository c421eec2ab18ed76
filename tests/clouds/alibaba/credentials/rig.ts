/**
 * A home, an environment, and an emulated STS: where the sources of Alibaba Cloud's credentials find theirs.
 *
 * @module
 */

import { buildGetCallerIdentity } from "../../../../lib/clouds/alibaba/assume_role.ts";
import { alibabaSigner } from "../../../../lib/clouds/alibaba/signer.ts";
import type { Credentials, CredentialsWanted } from "../../../../lib/clouds/signer.ts";
import { findCredentials } from "../../../../lib/token/mint.ts";
import type { World } from "../../../../lib/world.ts";
import { type FakeWorld, fakeWorld } from "../../../config/fake_world.ts";
import { CERTIFICATE, DATE, type Stage, startStage } from "../../../emulator/stage.ts";

/** In every file and answer; no error may show it. */
export const SECRET = "MadeUpSecretThatMustNotShow";

/** The token of the emulator's role `Pod`, and whose it is. */
export const OIDC = {
  token: "MadeUpHeader.MadeUpClaims.MadeUpSignature",
  provider: "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1",
  role: "acs:ram::1234567890123456:role/Pod",
};

/** What a test works with. */
export interface Rig extends AsyncDisposable {
  readonly home: string;
  readonly stage: Stage;
  /** Writes a file into the home, and returns its path. */
  write(path: string, content: unknown): Promise<string>;
  /** A world whose clock is the emulator's; with the machine's network, but for the metadata service. */
  world(variables?: Readonly<Record<string, string>>): FakeWorld;
  /** How the emulated STS is asked. */
  want(profile?: string, stsHost?: string): CredentialsWanted;
  /** What the whole chain of sources finds. */
  find(variables?: Readonly<Record<string, string>>, want?: CredentialsWanted): Promise<Credentials>;
  /** Whom the emulated STS takes keys for. */
  arnOf(credentials: Credentials): Promise<string>;
}

/** Makes one. */
export async function startRig(): Promise<Rig> {
  const home = await Deno.makeTempDir({ prefix: "alibaba-credentials-" });
  const stage = startStage();
  const write = async (path: string, content: unknown) => {
    const full = `${home}/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(full, typeof content === "string" ? content : JSON.stringify(content));
    return full;
  };
  const caFile = await write("ca.pem", CERTIFICATE.caPem);
  const world = (variables: Readonly<Record<string, string>> = {}): FakeWorld => ({
    ...fakeWorld({ HOME: home, ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true", ...variables }),
    fetch,
    now: () => new Date(DATE),
  });
  const want = (profile?: string, endpoint = stage.emulator.host): CredentialsWanted => ({
    profile,
    sts: { profile, region: undefined, endpoint, caFile },
  });
  return {
    home,
    stage,
    write,
    world,
    want,
    find: async (variables, wanted = want()) => await findCredentials(world(variables), alibabaSigner, wanted),
    async arnOf(credentials) {
      const context = { host: stage.emulator.host, now: new Date(DATE) };
      const { url, ...request } = await buildGetCallerIdentity(credentials, context);
      return (await (await fetch(url, { ...request, client: stage.client })).json()).Arn;
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** A world whose requests to one origin go to another, for services whose hosts are fixed. */
export function rerouted(world: World, from: string, to: string): World {
  const rerouting = (input: URL | RequestInfo, init?: RequestInit) => {
    const url = String(input);
    return fetch(url.startsWith(`${from}/`) ? to + url.slice(from.length) : url, init);
  };
  return { ...world, fetch: rerouting };
}
