import assert from "node:assert/strict";
import { run } from "../../lib/cli/run.ts";
import type { World } from "../../lib/world.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { CERTIFICATE, startStage } from "../emulator/stage.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { startMetadata } from "../support/stand_ins/aws_metadata.ts";
import { testNeeding } from "../support/needs.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { type AwsCall, callAws } from "./aws_cli.ts";
import { type MachineUrls, type MadeUpHome, makeUpHome } from "./aws_cli_configs.ts";

const COUNT = Number(Deno.env.get("RAM_AUTH_TEST_AWS_CONFIGS") ?? 100);
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_AWS_SEED") ?? 1);

/** Where we refuse and the AWS CLI signs, by our words, and why. */
const STRICTER: readonly (readonly [ours: RegExp, because: string])[] = [
  [/is set, but AWS_ACCESS_KEY_ID is not; set both/, "a secret without its id was meant to be used"],
  [/"aws_access_key_id" is missing; run "aws configure/, "half of a pair in one file is a slip"],
  [/Cannot use the keys of .*(?: contains | is missing)/, "a token that no server takes is not printed"],
];

/** Where we sign and the AWS CLI refuses, by its words, and why. */
const LOOSER: readonly (readonly [theirs: RegExp, because: string])[] = [
  [/sso_session configuration does not exist/, "it looks at a session that the profile's role does not need"],
];

/**
 * Keys of the environment are used before any file is read, which keeps a login fast: a broken file, or a profile that is
 * missing, does not matter to them.
 */
function signedByVariables(found: Signer | undefined, { profile, env }: MadeUpHome): boolean {
  return found !== undefined && profile === undefined && found.accessKeyId === env["AWS_ACCESS_KEY_ID"];
}

/** Who signed: as the keys say it, and as STS does. */
interface Signer {
  readonly accessKeyId: string;
  readonly securityToken: string | null;
  readonly arn: string;
}

testNeeding(
  ["awsInPython"],
  `over ${COUNT} homes, ram-auth signs as the AWS CLI does, or both refuse (seed ${SEED})`,
  async () => {
    await using stage = startStage({ now: () => new Date() });
    await using machine = startMetadata(DEMO_AWS_PRINCIPALS.clusterAdmin);
    const random = seededRandom(SEED);
    const folder = await Deno.makeTempDir({ prefix: "aws-configs-" });
    try {
      await Deno.writeTextFile(`${folder}/ca.pem`, CERTIFICATE.caPem);
      const urls: MachineUrls = { container: `${machine.url}/container`, metadata: machine.url };
      const homes = Array.from({ length: COUNT }, () => makeUpHome(random, urls));
      const calls: AwsCall[] = [];
      for (const [index, home] of homes.entries()) {
        const path = `${folder}/${index}`;
        await Deno.mkdir(`${path}/.aws`, { recursive: true });
        for (const [name, text] of Object.entries(home.files)) {
          await Deno.writeTextFile(`${path}/.aws/${name}`, text.replaceAll("HOME", path));
        }
        calls.push({ args: awsArgs(home), env: environmentOf(home, { path, folder, host: stage.emulator.host }) });
      }
      const theirs = await callAws(calls);
      const differences: string[] = [];
      for (const [index, home] of homes.entries()) {
        const { env } = calls[index]!;
        const own = await login(env, home, stage.emulator.host);
        const their = theirs[index]!;
        const expected = await signerOf(tokenOf(their.stdout), stage);
        const found = await signerOf(tokenOf(own.stdout), stage);
        assert(!/internal error|undefined|TypeError/.test(own.stderr), `home ${index}: ${own.stderr}`);
        if (JSON.stringify(expected) === JSON.stringify(found)) continue;
        if (expected === undefined && signedByVariables(found, home)) continue;
        if (expected === undefined && LOOSER.some(([words]) => words.test(their.stderr))) continue;
        if (found === undefined && STRICTER.some(([words]) => words.test(own.stderr))) continue;
        differences.push(
          `home ${index}: the AWS CLI ${
            expected ? JSON.stringify(expected) : `fails (${their.code}): ${their.stderr.trim()}`
          }\n` +
            `  ram-auth ${found ? JSON.stringify(found) : `fails: ${own.stderr.trim()}`}\n` + show(home),
        );
      }
      assert.equal(
        differences.length,
        0,
        `${differences.length} of ${COUNT} differ\n${differences.slice(0, 6).join("\n")}`,
      );
      const loggedIn = theirs.filter(({ code }) => code === 0).length;
      assert(loggedIn > COUNT / 5, `only ${loggedIn} homes log in: the comparison says little`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

function awsArgs({ profile }: MadeUpHome): readonly string[] {
  return ["eks", "get-token", "--cluster-name", "c1", ...(profile === undefined ? [] : ["--profile", profile])];
}

function environmentOf(
  { env }: MadeUpHome,
  { path, folder, host }: { readonly path: string; readonly folder: string; readonly host: string },
): Record<string, string> {
  const own = Object.entries(env).map(([name, value]) => [name, value.replaceAll("HOME", path)]);
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: path,
    AWS_ENDPOINT_URL_STS: `https://${host}`,
    AWS_CA_BUNDLE: `${folder}/ca.pem`,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_MAX_ATTEMPTS: "1",
    NO_PROXY: "127.0.0.1",
    ...Object.fromEntries(own),
  };
}

async function login(
  env: Readonly<Record<string, string>>,
  { profile }: MadeUpHome,
  host: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const shown = fakeWorld(env);
  const world: World = { ...shown, fetch: globalThis.fetch, now: () => new Date() };
  const args = ["token", "--cloud", "aws", "-i", "c1", "--sts-endpoint", host];
  await run([...args, ...(profile === undefined ? [] : ["--profile", profile])], world);
  return { stdout: shown.out(), stderr: shown.err() };
}

function tokenOf(stdout: string): string | undefined {
  return stdout.trim() === "" ? undefined : JSON.parse(stdout).status.token;
}

/** Whose token it is. Keys of a role are others each time, so that of those only what STS says is compared. */
async function signerOf(
  token: string | undefined,
  { client, reports }: Pick<ReturnType<typeof startStage>, "client" | "reports">,
): Promise<Signer | undefined> {
  if (token === undefined) return undefined;
  const text = new TextDecoder().decode(
    Uint8Array.fromBase64(token.replace(/^k8s-aws-v1\./, ""), { alphabet: "base64url" }),
  );
  const url = new URL(text);
  const response = await fetch(url, { client, headers: { "x-k8s-aws-id": "c1", accept: "application/json" } });
  const said = await response.text();
  const arn = /"Arn": *"([^"]*)"/.exec(said)?.[1]?.replace(/\/(?:botocore-session|ram-auth)-\d+$/, "/<time>");
  const accessKeyId = url.searchParams.get("X-Amz-Credential")!.split("/")[0]!;
  const isIssued = !Object.values(DEMO_AWS_PRINCIPALS).some((known) => known.accessKeyId === accessKeyId) &&
    reports.some((report) => report.accessKeyId === accessKeyId && report.outcome === "OK");
  return {
    accessKeyId: isIssued ? "of a role" : accessKeyId,
    securityToken: isIssued ? null : url.searchParams.get("X-Amz-Security-Token"),
    arn: arn ?? "nobody",
  };
}

function show({ files, env, profile }: MadeUpHome): string {
  const texts = Object.entries(files).filter(([name]) => name !== "identity").map(([name, text]) =>
    `--- ${name}\n${text}`
  );
  return `  profile ${profile}, ${JSON.stringify(env)}\n${texts.join("\n")}`;
}
