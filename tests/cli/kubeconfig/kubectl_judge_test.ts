import assert from "node:assert/strict";
import { findKubectls, type Kubectl } from "../../support/programs/kubectls.ts";
import { testNeeding } from "../../support/needs.ts";
import { pick, type Random, seededRandom } from "../../support/seeded_random.ts";
import { makeHome, type Named, type Ran } from "./home.ts";
import { madeUpKubeconfigs } from "./made_up_kubeconfigs.ts";

const COUNT = Number(Deno.env.get("RAM_AUTH_TEST_KUBECONFIGS") || 40);
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_KUBECONFIG_SEED") || 1);

/** What kubectl makes of all files together. */
interface View {
  readonly users: readonly Named[] | null;
  readonly contexts: readonly (Named & { readonly context: { readonly user: string } })[] | null;
  readonly clusters: readonly Named[] | null;
  readonly "current-context": string;
}

const ID = "c1";

/** Command lines that add a user; `context` is the one that they write. */
const LINES: readonly { readonly args: readonly string[]; readonly context: string }[] = [
  { args: ["--server", "https://192.0.2.1"], context: ID },
  { args: ["--server", "https://192.0.2.1", "--context-name", "dev", "--no-switch"], context: "dev" },
  { args: ["--server", "https://192.0.2.1", "--context-name", "new", "--user-name", "prod"], context: "new" },
  { args: ["--server", "https://192.0.2.1", "--cluster-name", "on", "--context-name", "12"], context: "12" },
  { args: ["--cluster-name", "dev", "--context-name", "y", "--cloud", "aws"], context: "y" },
];

testNeeding(
  ["kubectl"],
  "kubectl reads of made-up kubeconfigs what ram-auth kubeconfig wrote, and all else as before",
  async () => {
    const kubectls = findKubectls();
    const outcomes = new Map<string, number>();
    for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
      const random = seededRandom(seed);
      const outcome = await judge(kubectls[seed % kubectls.length]!, random).catch((cause) => {
        throw new Error(`seed ${seed}: ${cause.message}`, { cause });
      });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // Else the generator makes nothing that is worth a judge.
    if (COUNT >= 40) {
      for (const outcome of ["added", "refused", "converted", "not loaded"]) {
        assert.ok(outcomes.get(outcome));
      }
    }
  },
);

async function judge(kubectl: Kubectl, random: Random): Promise<string> {
  await using home = await makeHome();
  const texts = madeUpKubeconfigs(random);
  const paths = texts.map((_, index) => `${home.path}/${index}`);
  for (const [index, path] of paths.entries()) await Deno.writeTextFile(path, texts[index]!);
  const KUBECONFIG = paths.join(":");
  const view = async (...args: string[]) =>
    await kubectl.run(["config", "view", "--raw", "-o", "json", ...args], { KUBECONFIG, HOME: home.path });
  const seen = await view();
  const line = pick([undefined, ...LINES], random);
  const ran = await home.run(line === undefined ? ["--convert"] : ["-i", ID, ...line.args], { KUBECONFIG });
  const after = paths.map((path) => Deno.readTextFileSync(path));
  const words = `${kubectl.name}: ${line?.args.join(" ") ?? "--convert"}\n${
    texts.join("\n=====\n")
  }\n${ran.out}${ran.err}`;
  if (seen.code !== 0) {
    assert.match(ran.err, /kubectl does not load it|it does not parse/, `${seen.stderr}${words}`);
    assert.deepEqual([ran.code, after], [1, texts], words);
    return "not loaded";
  }
  assert.doesNotMatch(ran.err, /kubectl does not load it/, words);
  const before: View = JSON.parse(seen.stdout);
  const now: View = JSON.parse((await view()).stdout || "{}");
  if (line === undefined) return assertConverted(before, now, { ran, words });
  if (ran.code !== 0) {
    assert.deepEqual(after, texts, words);
    assert.deepEqual(now, before, words);
    return "refused";
  }
  assertAdded(before, now, { ...line, words });
  const { users } = JSON.parse((await view("--minify", `--context=${line.context}`)).stdout) as View;
  const { exec } = users![0]!.user as { exec: { command: string; args: string[] } };
  assert.deepEqual([exec.command, exec.args.slice(0, 3)], ["ram-auth", ["token", "-i", ID]], words);
  return "added";
}

function assertAdded(
  before: View,
  now: View,
  { context, args, words }: { readonly context: string; readonly args: readonly string[]; readonly words: string },
): void {
  const touched = now.contexts!.find(({ name }) => name === context)!.context.user;
  const others = ({ contexts }: View) => (contexts ?? []).filter(({ name }) => name !== context);
  assert.deepEqual(others(now), others(before), words);
  assert.deepEqual(without(now.users, touched), without(before.users, touched), words);
  const clusters = [ID, "on"];
  assert.deepEqual(without(now.clusters, ...clusters), without(before.clusters, ...clusters), words);
  // Who somebody is in a context that was not meant.
  for (const { name, context: { user } } of others(before)) {
    if (isNobody(before, user)) continue;
    assert.deepEqual(whoIs(now, user), whoIs(before, user), `context ${name}\n${words}`);
  }
  const isKept = args.includes("--no-switch") && before["current-context"] !== "";
  assert.equal(now["current-context"], isKept ? before["current-context"] : context, words);
}

/** The program and its arguments; what else stands in the section does not change who somebody is. */
function whoIs({ users }: View, name: string): unknown {
  const user = users?.find((user) => user.name === name)?.user as { exec?: Record<string, unknown> } | undefined;
  if (user?.exec === undefined) return user;
  const { command, args, env } = user.exec;
  return { command, args, env };
}

/** A user that is not there, or has no credentials. */
function isNobody({ users }: View, name: string): boolean {
  return Object.keys(users?.find((user) => user.name === name)?.user ?? {}).length === 0;
}

function without(entries: readonly Named[] | null, ...names: readonly string[]): readonly Named[] {
  return (entries ?? []).filter(({ name }) => !names.includes(name));
}

function assertConverted(
  before: View,
  now: View,
  { ran, words }: { readonly ran: Ran; readonly words: string },
): string {
  assert.deepEqual({ ...now, users: null }, { ...before, users: null }, words);
  const users = now.users ?? [];
  assert.deepEqual(users.map(({ name }) => name), (before.users ?? []).map(({ name }) => name), words);
  for (const [index, old] of (before.users ?? []).entries()) {
    const user = users[index]!;
    const isDone = JSON.stringify(user) !== JSON.stringify(old);
    const isTold = ran.err.includes(`user ${JSON.stringify(user.name)}, who calls`);
    const written = JSON.stringify(old);
    const isPeer = !written.includes('"ram-auth"') && /"(?:aws|aws-iam-authenticator|ack-ram-tool)[ "]/.test(written);
    assert.equal(isPeer ? isDone || isTold : isDone, isPeer, `user ${user.name}\n${words}`);
    if (isDone) assert.match(JSON.stringify(user), /"ram-auth(?: |")/, words);
  }
  assert.equal(ran.code, / who calls /.test(ran.err) ? 1 : 0, words);
  return ran.out.includes("calls ram-auth now") ? "converted" : "nothing to convert";
}
