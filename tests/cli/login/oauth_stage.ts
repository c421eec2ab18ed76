/**
 * A home, Alibaba Cloud's OAuth service, and a person with a browser who signs in there by plain HTTP.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { assertNoLeak } from "../../support/leaks.ts";
import { OAUTH_HOSTS, type OauthSite, type Person, startOauthSite } from "../../support/stand_ins/oauth_site.ts";
import { waitFor } from "../../support/wait_for.ts";

/** What a test works with. */
export interface OauthStage extends AsyncDisposable {
  readonly home: string;
  readonly caFile: string;
  readonly config: string;
  readonly site: OauthSite;
  /** Starts `ram-auth login`; the person does what they do once the URL is shown. */
  login(args?: readonly string[], browse?: (url: string) => Promise<unknown>): Promise<FakeWorld & { code: number }>;
  /** Runs another command, in the same home. */
  run(...args: readonly string[]): Promise<FakeWorld & { code: number }>;
  /** The page to which signing in leads back; nobody goes there yet. */
  signIn(url: string): Promise<string>;
  /** The profiles of the file. */
  profiles(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Where the clock stands, in milliseconds from now. */
  laterMs: number;
  /** Ctrl-C. */
  readonly stop: AbortController;
}

const CERTIFICATE = await makeLoopbackCertificate(OAUTH_HOSTS);

/** The pair that the service shows. */
export const OAUTH_CERTIFICATE = CERTIFICATE;

/** Makes one. */
export async function startOauthStage({ person }: { readonly person?: Person } = {}): Promise<OauthStage> {
  const home = await Deno.makeTempDir({ prefix: "oauth-login-" });
  const caFile = `${home}/ca.pem`;
  await Deno.writeTextFile(caFile, CERTIFICATE.caPem);
  const client = Deno.createHttpClient({ caCerts: [CERTIFICATE.caPem] });
  const site = startOauthSite({
    pair: CERTIFICATE,
    keysEnd: new Date(Date.now() + 3_600_000),
    ...(person === undefined ? {} : { person }),
  });
  const here = (url: string) => {
    const { hostname, pathname, search } = new URL(url);
    return OAUTH_HOSTS.includes(hostname) ? `https://127.0.0.1:${site.port}${pathname}${search}` : url;
  };
  const stop = new AbortController();
  const start = (args: readonly string[]) => {
    const world: FakeWorld = {
      ...fakeWorld({ HOME: home, ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true" }),
      now: () => new Date(Date.now() + stage.laterMs),
      fetch: (url, init) => fetch(here(String(url)), init),
    };
    const ended = run([...args, "--sts-ca-file", caFile], world, () => stop.signal).then((code) => {
      assertNoLeak(world.out() + world.err(), { tokens: site.secrets, secrets: site.secrets });
      return { ...world, code };
    });
    return { world, ended };
  };
  const stage: OauthStage = {
    home,
    caFile,
    config: `${home}/.aliyun/config.json`,
    site,
    stop,
    laterMs: 0,
    async login(args = [], browse = async (url) => await (await fetch(await stage.signIn(url))).body?.cancel()) {
      const { world, ended } = start(["login", "--no-browser", ...args]);
      let isOver = false;
      void ended.finally(() => isOver = true);
      const shown = () => /^https:.*$/m.exec(world.err())?.[0];
      await waitFor("the URL, or the end", () => isOver || shown() !== undefined);
      const url = shown();
      if (url !== undefined) await browse(url);
      return await ended;
    },
    run: (...args) => start(args).ended,
    async signIn(url) {
      const page = await (await fetch(here(url), { client })).text();
      const form = new URLSearchParams({
        consent: /name="consent" value="([^"]+)"/.exec(page)![1]!,
        answer: /name="answer" value="([^"]+)"/.exec(page)![1]!,
      });
      const answer = await fetch(`https://127.0.0.1:${site.port}/consent`, {
        method: "POST",
        body: form,
        redirect: "manual",
        client,
      });
      await answer.body?.cancel();
      assert.equal(answer.status, 302);
      return answer.headers.get("location")!;
    },
    profiles: async () => JSON.parse(await Deno.readTextFile(stage.config)).profiles,
    async [Symbol.asyncDispose]() {
      client.close();
      await site[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
  return stage;
}
