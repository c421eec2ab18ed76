import assert from "node:assert/strict";
import { alibabaSigner } from "../../../lib/clouds/alibaba/signer.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { loadedWith, moduleUrl } from "../../support/project/module_graph.ts";

Deno.test("the signer of Alibaba Cloud looks for credentials in the order of the documentation", () => {
  assert.equal(alibabaSigner.id, "alibaba");
  const names = alibabaSigner.credentialSources().map(({ name }) => name);
  assert.deepEqual(names, [
    "environment",
    "OIDC token (RRSA)",
    "~/.acs/credentials",
    "~/.aliyun/config.json",
    "~/.alibabacloud/credentials",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ECS metadata service",
  ]);
});

Deno.test("each of its sources says why it is not configured", async () => {
  const world = fakeWorld({ HOME: "/nobody-lives-here" });
  for (const source of alibabaSigner.credentialSources()) {
    const found = await source.find(world, { profile: undefined });
    assert("notConfigured" in found && found.notConfigured !== "", source.name);
  }
});

Deno.test("a profile with keys is reached without loading what asks others", async () => {
  const sources = ["rrsa", "acs_file", "aliyun_config"].map((name) => `lib/clouds/alibaba/credentials/${name}.ts`);
  const modules = new Set((await Promise.all(sources.map(loadedWith))).flatMap((loaded) => [...loaded]));
  assert(modules.has(moduleUrl("lib/clouds/alibaba/credentials/follow.ts")), "the graph has been walked");
  for (const path of ["http.ts", "clouds/service_call.ts", "clouds/alibaba/credentials/modes.ts"]) {
    assert(!modules.has(moduleUrl(`lib/${path}`)), `${path} is loaded`);
  }
});
