import assert from "node:assert/strict";
import { parseFlags } from "../../lib/config/flags.ts";
import { UsageError } from "../../lib/errors.ts";

for (
  const [what, args, want] of [
    ["no flags", [], {}],
    ["a value as the next argument", ["--port", "1"], { port: ["1"] }],
    ["a value after an equals sign", ["--port=1"], { port: ["1"] }],
    ["a value that holds equals signs", ["--feature-gates=A=true"], { "feature-gates": ["A=true"] }],
    ["a value that starts with a dash after an equals sign", ["--cluster-id=-x"], { "cluster-id": ["-x"] }],
    ["a letter", ["-i", "c1"], { "cluster-id": ["c1"] }],
    ["a letter with an equals sign", ["-i=c1"], { "cluster-id": ["c1"] }],
    ["a switch", ["--kubeconfig-pregenerated"], { "kubeconfig-pregenerated": ["true"] }],
    ["a switch with a value", ["--kubeconfig-pregenerated=false"], { "kubeconfig-pregenerated": ["false"] }],
    ["a switch turned off", ["--no-kubeconfig-pregenerated"], { "kubeconfig-pregenerated": ["false"] }],
    ["a list flag twice", ["--sts-hosts", "a,b", "--sts-hosts", "c"], { "sts-hosts": ["a,b", "c"] }],
    ["the end of flags", ["--port", "1", "--"], { port: ["1"] }],
  ] as const
) {
  Deno.test(`parseFlags() reads ${what}`, async () => {
    assert.deepEqual(Object.fromEntries(await parseFlags("server", args)), want);
  });
}

Deno.test("parseFlags() takes a single dash as a value, which means standard input", async () => {
  assert.deepEqual((await parseFlags("verify", ["-t", "-"])).get("token"), ["-"]);
});

for (
  const [what, args, message] of [
    ["an unknown flag, naming the nearest", ["--prot", "1"], /"--prot": .* did you mean --port\?$/],
    ["an unknown flag that is near to none", ["--frobnicate"], /"--frobnicate": .* check its name$/],
    ["a flag of another command", ["--token-only"], /"--token-only": ram-auth server has no such flag/],
    ["an unknown letter", ["-Z"], /"-Z"/],
    ["letters run together", ["-ic1"], /"-ic1"/],
    ["a long flag with one dash", ["-port", "1"], /did you mean --port\?$/],
    ["another case", ["--PORT", "1"], /did you mean --port\?$/],
    ["the name of an inherited property", ["--constructor", "1"], /"--constructor"/],
    ["an option that only the config file has", ["--map-roles", "x"], /"--map-roles"/],
    ["a negated flag that is no switch", ["--no-port"], /"--no-port"/],
    ["a negated switch with a value", ["--no-kubeconfig-pregenerated=true"], /leave the value out$/],
    ["a flag twice", ["--port", "1", "--port", "2"], /--port twice: .* keep one/],
    ["a flag and its letter", ["-i", "a", "--cluster-id", "b"], /--cluster-id twice/],
    ["a switch and its opposite", ["--kubeconfig-pregenerated", "--no-kubeconfig-pregenerated"], /twice/],
    ["a missing value at the end", ["--port"], /--port without a value: write it as --port=VALUE$/],
    ["a missing value before a flag", ["-i", "--port", "1"], /-i without a value: write it as -i VALUE$/],
    ["an empty value", ["--cluster-id="], /--cluster-id without a value/],
    ["an empty next argument", ["--cluster-id", ""], /--cluster-id without a value/],
    ["a stray argument", ["c1"], /argument "c1": ram-auth server takes flags only/],
    ["a stray argument after the end of flags", ["--", "--port"], /argument "--port"/],
    ["an empty argument", [""], /argument ""/],
    ["a dash alone", ["-"], /argument "-"/],
    ["a nameless flag", ["--=1"], /flag "--"/],
  ] as const
) {
  Deno.test(`parseFlags() refuses ${what}`, async () => {
    await assert.rejects(
      parseFlags("server", args),
      (e) => e instanceof UsageError && e.code === "ERR_USAGE" && message.test(e.message),
    );
  });
}

for (
  const [what, args, want] of [
    ["an argument in front of the flags", ["a", "-c", "x"], { principal: ["a"], config: ["x"] }],
    ["an argument behind them", ["-c", "x", "a"], { principal: ["a"], config: ["x"] }],
    ["a dash, which means standard input", ["-"], { principal: ["-"] }],
    ["an argument behind the end of flags", ["--", "-a"], { principal: ["-a"] }],
    ["the flag's own name", ["--principal", "a"], { principal: ["a"] }],
  ] as const
) {
  Deno.test(`parseFlags() takes one argument without its flag, where the command has one: ${what}`, async () => {
    assert.deepEqual(Object.fromEntries(await parseFlags("explain", args)), want);
  });
}

Deno.test("parseFlags() takes several arguments without their flag, where the command has a list", async () => {
  const texts = async (...args: readonly string[]) => (await parseFlags("manifests", args)).get("manifest");
  assert.deepEqual(await texts("crds", "rbac"), ["crds", "rbac"]);
  assert.deepEqual(await texts("--manifest", "crds", "rbac", "--", "daemonset"), ["crds", "rbac", "daemonset"]);
});

for (const args of [["a", "b"], ["--principal", "a", "b"], ["a", "--principal", "b"], ["--", "a", "b"], [""]]) {
  Deno.test(`parseFlags() takes no more than one argument: ${args.join(" ")}`, async () => {
    await assert.rejects(parseFlags("explain", args), (e) => e instanceof UsageError && e.code === "ERR_USAGE");
  });
}

Deno.test("parseFlags() repeats no more than the start of a stray argument, which may be a token", async () => {
  const token = "k8s-ack-v2.bWFkZS11cC10b2tlbi1ieXRlcw";
  await assert.rejects(parseFlags("verify", [token]), (e: Error) => !e.message.includes(token.slice(0, 20)));
});

Deno.test("parseFlags() escapes what a terminal would obey", async () => {
  await assert.rejects(parseFlags("server", ["--\x1b[2J\u202e\x9b"]), (e: Error) => /^[\x20-\x7e]*$/.test(e.message));
});
