import assert from "node:assert/strict";
import { acceptedClouds } from "../../lib/config/accepted_clouds.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { loadSettings } from "../../lib/config/settings.ts";
import { run } from "../../lib/cli/run.ts";
import { fakeWorld, withFile } from "./fake_world.ts";

const AWS_ROLE = "mapRoles: [{rolearn: 'arn:aws:iam::123456789012:role/R', username: r}]";
const ALIBABA_ROLE = "mapRoles: [{rolearn: 'acs:ram::1234567890123456:role/R', username: r}]";
const EKS = "ConfigMap means EKSConfigMap (kube-system/aws-auth), as clouds is [aws]";
const ACK = "ConfigMap means ACKConfigMap (kube-system/alibabacloud-auth), as clouds is";

for (
  const [what, config, modes, clouds, said] of [
    [
      "AWS alone",
      "clouds: [aws]\nserver: {backendMode: [ConfigMap, CRD, File]}",
      ["EKSConfigMap", "CRD", "MountedFile"],
      ["aws"],
      EKS,
    ],
    [
      "AWS alone, in another case",
      "clouds: [AWS]\nserver: {backendMode: [configmap]}",
      ["EKSConfigMap"],
      ["aws"],
      EKS,
    ],
    [
      "AWS alone, as text",
      "clouds: aws\nserver: {backendMode: 'File, ConfigMap'}",
      ["MountedFile", "EKSConfigMap"],
      ["aws"],
      EKS,
    ],
    [
      "rules of AWS alone",
      `server: {backendMode: [ConfigMap, File], ${AWS_ROLE}}`,
      ["EKSConfigMap", "MountedFile"],
      ["aws"],
      EKS,
    ],
    [
      "both clouds",
      "clouds: [aws, alibaba]\nserver: {backendMode: [ConfigMap]}",
      ["ACKConfigMap"],
      ["aws", "alibaba"],
      `${ACK} [aws, alibaba]`,
    ],
    [
      "Alibaba Cloud alone",
      "clouds: [alibaba]\nserver: {backendMode: [ConfigMap]}",
      ["ACKConfigMap"],
      ["alibaba"],
      `${ACK} [alibaba]`,
    ],
    [
      "rules of Alibaba Cloud alone",
      `server: {backendMode: [ConfigMap], ${ALIBABA_ROLE}}`,
      ["ACKConfigMap"],
      ["alibaba"],
      `${ACK} [alibaba]`,
    ],
    [
      "nothing that names a cloud",
      "server: {backendMode: [ConfigMap]}",
      ["ACKConfigMap"],
      ["alibaba"],
      `${ACK} [alibaba] by default`,
    ],
    [
      "the other ConfigMap by its own name",
      "server: {backendMode: [ConfigMap, EKSConfigMap]}",
      ["ACKConfigMap", "EKSConfigMap"],
      ["alibaba", "aws"],
      "ConfigMap means ACKConfigMap (kube-system/alibabacloud-auth), as EKSConfigMap is named, too",
    ],
    ["a name of its own", "clouds: [aws]\nserver: {backendMode: [ACKConfigMap]}", ["ACKConfigMap"], ["aws"], undefined],
    ["another alias", "clouds: [aws]\nserver: {backendMode: [File]}", ["MountedFile"], ["aws"], undefined],
  ] as const
) {
  Deno.test(`the source "ConfigMap" beside ${what}: ${modes.join(", ")}`, () =>
    withFile(config, async (path) => {
      for (const command of ["server", "config", "explain", "verify", "mappings list"] as const) {
        const settings = await loadSettings(command, await parseFlags(command, ["-c", path]), fakeWorld());
        assert.deepEqual(settings.get("backend-mode"), modes);
        assert.deepEqual(acceptedClouds(settings).clouds, clouds);
        const origin = settings.origin("backend-mode");
        if (said === undefined) assert.doesNotMatch(origin, /means/);
        else assert.ok(origin.startsWith(`${path}:`) && origin.endsWith(`; ${said}`), origin);
      }
    }));
}

Deno.test("a flag that says ConfigMap goes by the clouds of the config file, and one that lists clouds wins over it", () =>
  withFile("clouds: [aws]", async (path) => {
    const modesOf = async (...args: readonly string[]) =>
      (await loadSettings("server", await parseFlags("server", ["-c", path, ...args]), fakeWorld())).get(
        "backend-mode",
      );
    assert.deepEqual(await modesOf("--backend-mode", "ConfigMap,File"), ["EKSConfigMap", "MountedFile"]);
    assert.deepEqual(await modesOf("--backend-mode", "ConfigMap", "--clouds", "aws,alibaba"), ["ACKConfigMap"]);
  }));

Deno.test("ram-auth config says what ConfigMap means", () =>
  withFile("clouds: [aws]\nserver: {backendMode: [ConfigMap]}", async (path) => {
    const world = fakeWorld();
    assert.equal(await run(["config", "-c", path], world), 0);
    assert.match(
      world.out(),
      /^backend-mode +EKSConfigMap +.*; ConfigMap means EKSConfigMap \(kube-system\/aws-auth\)/m,
    );
  }));
