import assert from "node:assert/strict";
import { createMetrics } from "../../lib/telemetry/metrics.ts";
import { parseYaml, type YamlNode } from "../../lib/yaml/read.ts";
import { testNeeding } from "../support/needs.ts";

const RULES = "manifests/prometheus-rules.yaml";
const DASHBOARD = "manifests/grafana-dashboard.json";
const TESTS = "tests/house/prometheus_rules.yaml";

/** The text forms that a histogram adds to its name. */
const PARTS = /_(bucket|count|sum)$/;

async function exposedNames(): Promise<ReadonlySet<string>> {
  const { text } = await createMetrics().expose();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
}

function valuesOf(node: YamlNode, key: string): string[] {
  if (node.kind === "list") return node.items.flatMap((item) => valuesOf(item, key));
  if (node.kind !== "map") return [];
  return node.entries.flatMap((entry) =>
    entry.key === key && entry.value.kind === "scalar" ? [entry.value.text] : valuesOf(entry.value, key)
  );
}

/** Every expression of the dashboard, as Prometheus gets it from Grafana. */
async function dashboardExpressions(): Promise<readonly string[]> {
  const { panels, templating } = JSON.parse(await Deno.readTextFile(DASHBOARD));
  const targets: readonly { readonly expr: string }[] = panels.flatMap((panel: { targets: unknown }) => panel.targets);
  assert.ok(JSON.stringify(templating).includes("label_values(ram_auth_build_info, instance)"));
  return targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"));
}

for (
  const [what, expressions] of [
    ["an alert", valuesOf(parseYaml(await Deno.readTextFile(RULES)), "expr")],
    ["the dashboard", await dashboardExpressions()],
  ] as const
) {
  Deno.test(`every metric that ${what} names is one of the server's`, async () => {
    const exposed = await exposedNames();
    const named = expressions.flatMap((expression) => expression.match(/\b(?:ram_auth|process)_\w+/g) ?? []);
    assert.ok(named.length > 5);
    for (const name of named) assert.ok(exposed.has(name) || exposed.has(name.replace(PARTS, "")), name);
  });
}

Deno.test("every metric of the server is on the dashboard, but those of the peers' dynamic file", async () => {
  const shown = (await dashboardExpressions()).join("\n");
  const hidden = [...await exposedNames()].filter((name) => !shown.includes(name));
  assert.deepEqual(hidden, ["ram_auth_dynamic_file_enabled", "ram_auth_dynamic_file_only"]);
});

testNeeding(["promtool"], "promtool takes the alerts, and they fire when they should", async () => {
  await promtool("check", "rules", RULES);
  await promtool("test", "rules", TESTS);
});

testNeeding(["promtool"], "promtool takes every expression of the dashboard", async () => {
  const rules = (await dashboardExpressions()).map((expr, at) => ({ record: `panel:${at}`, expr }));
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    await promtool("check", "rules", file);
  } finally {
    await Deno.remove(file);
  }
});

async function promtool(...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command("promtool", { args: [...args], stdin: "null" }).output();
  assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}
