import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { testNeeding } from "../../support/needs.ts";
import { CERTIFICATE, type Stage, startStage } from "../stage.ts";
import type { Keys } from "./ask.ts";

const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const ROLES = "arn:aws:iam::123456789012:role";
const PATH = Deno.env.get("PATH") ?? "";

/** An emulator by the machine's clock, which is the one that the vendor's client signs by, and a folder for its files. */
async function startClientStage(): Promise<Stage & { readonly folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "vendors-client-" });
  const stage = startStage({ now: () => new Date() });
  await Deno.writeTextFile(`${folder}/ca.pem`, CERTIFICATE.caPem);
  const stop = async () => {
    await stage[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  };
  return { ...stage, folder, [Symbol.asyncDispose]: stop };
}

/** Runs the vendor's client with nothing of this machine's settings, and reads the JSON that it prints. */
async function aws(
  { emulator, folder }: Stage & { readonly folder: string },
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; json: unknown; stderr: string }> {
  const common = ["--endpoint-url", `https://${emulator.host}`, "--ca-bundle", `${folder}/ca.pem`, "--output", "json"];
  const { code, stdout, stderr } = await new Deno.Command("aws", {
    args: ["sts", ...args, ...common, "--region", "eu-central-1"],
    clearEnv: true,
    env: {
      PATH,
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
      NO_PROXY: "127.0.0.1",
      ...env,
    },
  }).output();
  const text = new TextDecoder();
  const printed = text.decode(stdout);
  return { code, json: printed.trim() === "" ? undefined : JSON.parse(printed), stderr: text.decode(stderr) };
}

function keyVariables({ accessKeyId, accessKeySecret, securityToken }: Keys): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: accessKeySecret,
    ...(securityToken && { AWS_SESSION_TOKEN: securityToken }),
  };
}

testNeeding(["aws"], "the vendor's client learns from the emulator who it is", async () => {
  await using stage = await startClientStage();
  for (const keys of [dave, clusterAdmin]) {
    const { json, stderr } = await aws(stage, ["get-caller-identity"], keyVariables(keys));
    assert.deepEqual(json, keys.identity, stderr);
  }
});

testNeeding(["aws"], "the vendor's client assumes a role at the emulator, and signs by its keys", async () => {
  await using stage = await startClientStage();
  const args = ["assume-role", "--role-arn", `${ROLES}/Partner`, "--role-session-name", "dave@example.com"];
  const assumed = await aws(stage, [...args, "--external-id", "MadeUpExternalId"], keyVariables(dave));
  assert.equal(assumed.code, 0, assumed.stderr);
  const { Credentials, AssumedRoleUser } = assumed.json as Record<string, Record<string, string>>;
  assert.equal(AssumedRoleUser!["AssumedRoleId"], "AROAMADEUPPARTNER0001:dave@example.com");
  assert(Date.parse(Credentials!["Expiration"]!) > Date.now());

  const { json } = await aws(stage, ["get-caller-identity"], {
    AWS_ACCESS_KEY_ID: Credentials!["AccessKeyId"]!,
    AWS_SECRET_ACCESS_KEY: Credentials!["SecretAccessKey"]!,
    AWS_SESSION_TOKEN: Credentials!["SessionToken"]!,
  });
  assert.deepEqual(json, {
    UserId: "AROAMADEUPPARTNER0001:dave@example.com",
    Account: "123456789012",
    Arn: "arn:aws:sts::123456789012:assumed-role/Partner/dave@example.com",
  });
});

testNeeding(["aws"], "the vendor's client gives the emulator a web identity, and signs by its keys", async () => {
  await using stage = await startClientStage();
  await Deno.writeTextFile(`${stage.folder}/token`, "MadeUpHeader.MadeUpClaims.MadeUpSignature");
  const { json, stderr } = await aws(stage, ["get-caller-identity"], {
    AWS_ROLE_ARN: `${ROLES}/Pod`,
    AWS_ROLE_SESSION_NAME: "pod-1",
    AWS_WEB_IDENTITY_TOKEN_FILE: `${stage.folder}/token`,
    AWS_ENDPOINT_URL_STS: `https://${stage.emulator.host}`,
    AWS_CA_BUNDLE: `${stage.folder}/ca.pem`,
  });
  assert.equal((json as Record<string, string>)?.["Arn"], "arn:aws:sts::123456789012:assumed-role/Pod/pod-1", stderr);
});

testNeeding(["aws"], "the vendor's client reads the emulator's refusals", async () => {
  await using stage = await startClientStage();
  const forged = await aws(stage, ["get-caller-identity"], keyVariables({ ...dave, accessKeySecret: "MadeUpOther" }));
  assert.match(forged.stderr, /\(SignatureDoesNotMatch\) when calling the GetCallerIdentity operation: The request/);
  const args = ["assume-role", "--role-arn", `${ROLES}/Nobody`, "--role-session-name", "dave@example.com"];
  const denied = await aws(stage, args, keyVariables(dave));
  assert.match(denied.stderr, /\(AccessDenied\).*arn:aws:iam::123456789012:user\/dave is not authorized to perform/);
});
