import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { run } from "../../lib/cli/run.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { atHome } from "../clouds/aws/homes.ts";
import { testNeeding } from "../support/needs.ts";
import { callAws } from "./aws_cli.ts";

const CONFIG = `[default]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example/start
`;

testNeeding(
  ["awsInPython"],
  "ram-auth asks IAM Identity Center what the AWS CLI asks, and signs with the same keys",
  async () => {
    const asked: string[] = [];
    await using center = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      ({ url, method, headers }) => {
        const { pathname, search } = new URL(url);
        asked.push(`${method} ${pathname}${search} ${headers.get("x-amz-sso_bearer_token")}`);
        const roleCredentials = {
          accessKeyId: "ASIAMADEUPSSO0000001",
          secretAccessKey: "MadeUp",
          sessionToken: "MadeUpToken",
          expiration: Date.now() + 3_600_000,
        };
        return Response.json({ roleCredentials });
      },
    );
    await atHome({ config: CONFIG }, async (home) => {
      await Deno.mkdir(`${home}/.aws/sso/cache`, { recursive: true });
      const session = {
        accessToken: "MadeUpAccess",
        expiresAt: new Date(Date.now() + 7_200_000).toISOString().replace(/\.\d+/, ""),
      };
      const name = createHash("sha1").update("corp").digest("hex");
      await Deno.writeTextFile(`${home}/.aws/sso/cache/${name}.json`, JSON.stringify(session));
      const env = {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        AWS_ENDPOINT_URL_SSO: `http://127.0.0.1:${center.addr.port}`,
        AWS_DEFAULT_REGION: "us-east-1",
        NO_PROXY: "127.0.0.1",
      };
      const args = ["eks", "get-token", "--cluster-name", "c1"];
      const [theirs] = await callAws([{ args, env }]);
      assert.equal(theirs!.code, 0, theirs!.stderr);
      const shown = fakeWorld(env);
      await run(args, { ...shown, fetch: globalThis.fetch, now: () => new Date() });
      assert.deepEqual([keyOf(theirs!.stdout), keyOf(shown.out())], ["ASIAMADEUPSSO0000001", "ASIAMADEUPSSO0000001"]);
    });
    assert.equal(asked.length, 2);
    assert.equal(asked[1], asked[0]);
  },
);

function keyOf(stdout: string): string | undefined {
  const token: string = JSON.parse(stdout).status.token;
  const url = Uint8Array.fromBase64(token.replace(/^k8s-aws-v1\./, ""), { alphabet: "base64url" });
  return new URL(new TextDecoder().decode(url)).searchParams.get("X-Amz-Credential")?.split("/")[0];
}
