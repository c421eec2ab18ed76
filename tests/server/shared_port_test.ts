import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { Secret } from "../../lib/secret.ts";
import { issueServingCertificate, readCertificate } from "../../lib/state/certificate.ts";
import { parseHost } from "../../lib/state/host.ts";
import { daysAfter } from "../state/stored_files.ts";
import { freePort } from "../support/free_port.ts";
import { manyTokens } from "../support/minted_token.ts";
import { replaceFile } from "../support/replace_file.ts";
import { outcomeOf, startReviewLoad } from "../support/review_load.ts";
import { prepareSite, type ServerSite, startServerProcess } from "../support/server_process.ts";
import { shownCertificate } from "../support/shown_certificate.ts";
import { waitFor } from "../support/wait_for.ts";

const SHARED = `sharePort: true
mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

const TOKENS = 3_000;

async function startOne(site: ServerSite) {
  const healthUrl = `http://127.0.0.1:${freePort()}`;
  const flags = ["-c", site.configFile, "-l", "json", `--health-port=${new URL(healthUrl).port}`];
  const process = await startServerProcess(flags, { healthUrl });
  const get = async (path: string) => await (await fetch(`${healthUrl}${path}`)).text();
  return { process, get, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

Deno.test("one of two servers on a port is killed under load, and no review is lost that is sent again", async () => {
  await using site = await prepareSite(SHARED, { asksAlways: true });
  await using one = await startOne(site);
  await using other = await startOne(site);
  const tokensFile = `${site.folder}/tokens`;
  await Deno.writeTextFile(
    tokensFile,
    (await manyTokens(DEMO_PRINCIPALS.alice, site.clusterId, TOKENS)).join("\n"),
  );
  const target = {
    url: site.url,
    caFile: `${site.folder}/state/ca.pem`,
    kubeconfig: site.webhookKubeconfig,
    tokensFile,
    sendsAgain: true,
  };
  await using load = startReviewLoad(target);
  await waitFor("the load", () => site.stsCalls() > TOKENS / 10);
  const reviews = /^ram_auth_authenticate_latency_seconds_count\{result="success"\} (\d+)$/m;
  const before = reviews.exec(await one.get("/metrics"))?.[1] ?? "0";
  assert.equal((await one.process.stop("SIGKILL")).signal, "SIGKILL");
  await waitFor("the end of the load", () => load.hasEnded());
  assert.deepEqual(outcomeOf(load), { answered: { "200 true": TOKENS }, failed: [] }, `${before} by the first`);
  assert.doesNotMatch(other.process.stderr(), /"level":"error"/);
});

/** Puts a certificate into the state that is good, and due to be renewed. */
async function storeDueCertificate(folder: string): Promise<string> {
  const text = (name: string) => Deno.readTextFile(`${folder}/${name}`);
  const key = async (name: string) => ({ pem: new Secret(await text(name)), path: name });
  const { pem } = await issueServingCertificate(
    { certificate: readCertificate(await text("ca.pem"), "ca.pem"), key: await key("ca-key.pem") },
    {
      key: await key("key.pem"),
      names: ["localhost", "127.0.0.1"].map(parseHost),
      now: daysAfter(new Date(), -300),
    },
  );
  await replaceFile(`${folder}/cert.pem`, pem, 0o644);
  return pem;
}

Deno.test("two servers on a port renew the certificate of their state once, and both present it", async () => {
  await using site = await prepareSite(SHARED);
  await using one = await startOne(site);
  await using other = await startOne(site);
  const folder = `${site.folder}/state`;
  const due = await storeDueCertificate(folder);
  const expiry = async ({ get }: typeof one) =>
    Number(/^ram_auth_serving_certificate_expiry_timestamp_seconds (\S+)$/m.exec(await get("/metrics"))?.[1]);
  const stored = async () => readCertificate(await Deno.readTextFile(`${folder}/cert.pem`), "cert.pem");
  await waitFor("the renewal", async () => (await stored()).pem !== due);
  const renewed = await stored();
  for (const server of [one, other]) {
    await waitFor("the new certificate", async () => await expiry(server) === renewed.notAfter.getTime() / 1_000);
  }
  for (let times = 0; times < 20; times++) {
    assert.equal(await shownCertificate(Number(new URL(site.url).port)), renewed.pem);
  }
  assert.equal((await stored()).pem, renewed.pem, "nobody renewed it once more");
  for (const { process } of [one, other]) assert.doesNotMatch(process.stderr(), /"level":"error"|does not trust/);
});
