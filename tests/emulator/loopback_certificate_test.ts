import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { startStsEmulator } from "../../lib/emulator/sts.ts";
import { makeLoopbackCertificate } from "./loopback_certificate.ts";
import { CERTIFICATE, DATE, startStage } from "./stage.ts";

/** Shakes hands with an emulator on loopback by a name that nobody has to resolve. */
async function shakeHands({ host }: { host: string }, hostname: string, caPem: string): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(host.split(":")[1]) });
  const secured = await Deno.startTls(connection, { hostname, caCerts: [caPem] });
  using _ = secured;
  await secured.handshake();
}

Deno.test("an emulator can show a certificate for the hosts that it stands in for", async () => {
  const names = ["sts.amazonaws.com", "sts.cn-hangzhou.aliyuncs.com"];
  const { caPem, ...pair } = await makeLoopbackCertificate(names);
  await using stage = startStage(pair);
  for (const name of ["127.0.0.1", ...names]) await shakeHands(stage.emulator, name, caPem);
  await assert.rejects(shakeHands(stage.emulator, "sts.us-east-1.amazonaws.com", caPem), /not valid for name/);
});

Deno.test("an emulator's certificate is for 127.0.0.1 alone where nothing else is asked for", async () => {
  await using stage = startStage();
  await shakeHands(stage.emulator, "127.0.0.1", CERTIFICATE.caPem);
  await assert.rejects(shakeHands(stage.emulator, "sts.amazonaws.com", CERTIFICATE.caPem), /not valid for name/);
});

Deno.test("an emulator listens on the name that it is given, and can be asked by it", async () => {
  const { caPem, ...pair } = await makeLoopbackCertificate(["localhost"]);
  const principals = Object.values(DEMO_AWS_PRINCIPALS);
  const emulator = startStsEmulator({ ...pair, principals, now: () => new Date(DATE), hostname: "localhost" });
  using client = Deno.createHttpClient({ caCerts: [caPem] });
  assert.match(emulator.host, /^localhost:\d+$/);
  const response = await fetch(`https://${emulator.host}/?Version=2011-06-15`, { client });
  assert.match(await response.text(), /<Code>MissingAction<\/Code>/);
  await emulator.shutdown();
});
