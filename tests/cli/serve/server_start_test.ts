import assert from "node:assert/strict";
import { loadedWith, moduleUrl } from "../../support/project/module_graph.ts";

/** What every server loads before it listens, in this order: each comes by an import of its own. */
const ROOTS = [
  "main.ts",
  "lib/telemetry/log_queue.ts",
  "lib/config/options.ts",
  "lib/config/file.ts",
  "lib/cli/signals.ts",
  "lib/cli/serve/server.ts",
  "lib/descriptor.ts",
  "lib/clouds/alibaba/cloud.ts",
  "lib/clouds/aws/cloud.ts",
];

/** The packages among them: small ones, and the one that reads the server's certificates. */
const PACKAGES = /^npm:\/?(?:leven|prom-client|reflect-metadata|@peculiar\/x509)@/;

/** What costs, and is for others: YAML that few write, sources and a delegate not in use. */
const LATER = [
  "lib/state/webhook_kubeconfig.ts",
  "lib/yaml/read.ts",
  "lib/yaml/entries.ts",
  "lib/server/delegation/delegation.ts",
  "lib/server/sources/config_map.ts",
  "lib/server/sources/custom_resources.ts",
  "lib/server/sources/dynamic_file.ts",
  "lib/kube/connection.ts",
  "lib/kube/kubeconfig.ts",
  "lib/clouds/aws/instances.ts",
  "lib/cli/help.ts",
];

Deno.test("ram-auth server loads no package before it listens but those it needs, and nothing that only other servers need", async () => {
  const modules = new Set((await Promise.all(ROOTS.map(loadedWith))).flatMap((loaded) => [...loaded]));
  for (const path of ["lib/server/door/door.ts", "lib/review/verifier.ts"]) assert(modules.has(moduleUrl(path)), path);
  const packages = [...modules].filter((specifier) => !/^(?:file|node):/.test(specifier));
  assert.deepEqual(packages.filter((specifier) => !PACKAGES.test(specifier)), []);
  for (const path of LATER) {
    assert((await Deno.stat(new URL(moduleUrl(path)))).isFile);
    assert(!modules.has(moduleUrl(path)), `${path} is loaded`);
  }
});
