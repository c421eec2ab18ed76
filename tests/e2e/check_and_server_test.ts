/**
 * `ram-auth check` on a file and a real server on the same file, over generated mappings: what check finds, the server
 * reports in the same words at the same place; what check passes, lets in whom it names.
 */

import assert from "node:assert/strict";
import { run } from "../../lib/cli/run.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { isAwsPrincipal, type Principal } from "../../lib/emulator/principal.ts";
import { parseYaml, type Position, YamlError, type YamlNode } from "../../lib/yaml/read.ts";
import { plainOf } from "../../lib/yaml/access.ts";
import { realSections, withSlips } from "../cli/mappings/real_sections.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { dynamicFileOf, IDENTITIES, makeConfig, textOf } from "../interop/mapping_configs.ts";
import { awsToken } from "../support/aws_tokens.ts";
import type { ChildProcess } from "../support/process.ts";
import { mintedToken } from "../support/minted_token.ts";
import { replaceFile } from "../support/replace_file.ts";
import { pick, type Random, seededRandom } from "../support/seeded_random.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

/** How many configs are compared, of each form. */
const CONFIGS = Number(Deno.env.get("RAM_AUTH_TEST_CHECK_CONFIGS") ?? "100");

/** From which seed they are made: the same seed makes the same configs. */
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_CHECK_SEED") ?? "1");

/** Keeps the seeds of two runs apart. */
const SEED_STEP = 1_000_003;

/** How many servers of each form are asked side by side. */
const SERVERS = 4;

/** A token lasts 15 minutes. */
const TOKEN_MS = 8 * 60_000;

/** Most failures to print. */
const MAX_TOLD = 5;

const PEOPLE: readonly Principal[] = [
  ...IDENTITIES,
  DEMO_AWS_PRINCIPALS.clusterAdmin,
  DEMO_PRINCIPALS.alice,
  DEMO_PRINCIPALS.bob,
  DEMO_PRINCIPALS.kubernetesAdmin,
];

interface Finding extends Position {
  readonly path: string;
  readonly severity: "error" | "invalid" | "warning" | "notice";
  readonly message: string;
}

/** One source of a server, and the file in which its mappings stand. */
interface Form {
  readonly source: "MountedFile" | "DynamicFile";
  /** Writes mappings, and gives the path of the file that holds them. */
  write(sections: string): Promise<string>;
  /** Made by the generator alone, in the form's own notation. */
  make(random: Random): string;
}

for (const source of ["MountedFile", "DynamicFile"] as const) {
  Deno.test(`check and a server on the same ${source} agree on generated mappings`, async () => {
    const real = await realSections();
    const seen = { passed: 0, told: 0, refused: 0, logins: 0 };
    const failures: string[] = [];
    // What takes time is that each server waits for its file to be still.
    await Promise.all(Array.from({ length: SERVERS }, async (_, first) => {
      await using site = await prepareSite("mapRoles: []", { clouds: ["alibaba", "aws"], principals: IDENTITIES });
      const form = source === "MountedFile" ? mountedFile(site) : await dynamicFile(site);
      await form.write("mapRoles: []\n");
      await using server = await site.start();
      const tokens = tokensOf(site);
      for (let i = first; i < CONFIGS; i += SERVERS) {
        const random = seededRandom(SEED * SEED_STEP + i);
        const kind = random();
        const sections = kind < 0.4
          ? form.make(random)
          : kind < 0.5
          ? plainSections(random)
          : withSlips(pick(real, random), random);
        const wrong = await compare(`# ${i}\n${sections}`, { form, server, site, tokens, seen });
        failures.push(...wrong.map((why) => `config ${i} of seed ${SEED}: ${why}\n${sections}`));
      }
    }));
    assert.equal(failures.length, 0, `${failures.length} failures:\n${failures.slice(0, MAX_TOLD).join("\n")}`);
    const enough = CONFIGS / 20;
    assert.ok(
      Object.values(seen).every((count) => count >= enough),
      `too little was compared: ${JSON.stringify(seen)}`,
    );
  });
}

/** Entries with which nothing is wrong, in whatever source they stand. */
function plainSections(random: Random): string {
  const entries = PEOPLE.filter(() => random() < 0.5).map((person, i) => ({ arn: canonicalArn(person), i }));
  const section = (name: string, key: string, kind: string) =>
    [
      `${name}:${entries.some(({ arn }) => arn.includes(kind)) ? "" : " []"}`,
      ...entries.filter(({ arn }) => arn.includes(kind)).map(({ arn, i }) =>
        `  - {${key}: "${arn}", username: "person-${i}", groups: [viewers]}`
      ),
    ].join("\n");
  return `${section("mapRoles", "rolearn", ":role/")}\n${section("mapUsers", "userarn", ":user/")}\n`;
}

/** What a comparison works with. */
interface Comparison {
  readonly form: Form;
  readonly server: ChildProcess;
  readonly site: ServerSite;
  readonly tokens: (person: Principal) => Promise<string>;
  /** Counts what was compared. */
  readonly seen: Seen;
}

/** Gives the mappings to the server and to check. @returns where the two differ */
async function compare(sections: string, comparison: Comparison): Promise<readonly string[]> {
  const { server, form, site, seen } = comparison;
  // As at a start: nothing is kept of the config before.
  await putInForce(server, form, `mapRoles: [] # before ${sections.split("\n", 1)[0]}\n`);
  const { path, lines } = await putInForce(server, form, sections);
  const findings = (await check(site.configFile)).filter((found) => found.path === path || saysThereIsNoRule(found));
  if (lines.some(({ message }) => String(message).includes("not reloaded"))) {
    return judgeRefusal(findings, lines, seen);
  }
  return [
    ...await judgeProblems(findings, { lines, site, seen }),
    ...await judgeLogins(await Deno.readTextFile(path), findings, comparison),
  ];
}

type Seen = Record<"passed" | "told" | "refused" | "logins", number>;

function mountedFile(site: ServerSite): Form {
  return {
    source: "MountedFile",
    async write(sections) {
      await site.writeConfig(`stsHosts: ["${site.stsHost}"]\n${sections}`);
      return site.configFile;
    },
    make: (random) => textOf(makeConfig(random, "EKSConfigMap")),
  };
}

async function dynamicFile(site: ServerSite): Promise<Form> {
  const path = `${site.folder}/dynamic.yaml`;
  await site.writeConfig(`stsHosts: ["${site.stsHost}"]\nbackendMode: [DynamicFile]\ndynamicfilepath: ${path}\n`);
  return {
    source: "DynamicFile",
    async write(sections) {
      await replaceFile(path, sections);
      return path;
    },
    make: (random) => dynamicFileOf(makeConfig(random, "DynamicFile")),
  };
}

type LogLine = Readonly<Record<string, unknown>>;

/** Writes the mappings, and waits until the server has put them in force or refused them. */
async function putInForce(server: ChildProcess, form: Form, sections: string) {
  const before = server.stderr().length;
  const path = await form.write(sections);
  const linesOf = () =>
    server.stderr().slice(before).split("\n").slice(0, -1).map((line) => JSON.parse(line) as LogLine);
  await waitFor("the server to read the mappings", () => linesOf().some(({ message }) => isEnd(String(message))));
  return { path, lines: linesOf() };
}

function isEnd(message: string): boolean {
  return message === "mappings in force" || message.includes("not reloaded");
}

async function check(config: string): Promise<readonly Finding[]> {
  const world = fakeWorld();
  await run(["check", "-c", config, "-o", "json"], world);
  return JSON.parse(world.out()).problems;
}

/** What the server did not take at all, check calls an error or invalid, for the reason that the server gives. */
function judgeRefusal(findings: readonly Finding[], lines: readonly LogLine[], seen: Seen): string[] {
  seen.refused += 1;
  const why = String(lines.find(({ message }) => String(message).includes("not reloaded"))?.why);
  const faults = findings.filter(({ severity }) => severity === "error" || severity === "invalid");
  // A server that starts would take it, and have no rule.
  if (why.includes("no longer contains any rule") && findings.some(saysThereIsNoRule)) return [];
  if (faults.length === 0) return [`the server refuses what check passes: ${why}`];
  // Where the keys are wrong the server gives those reasons alone, and up to 20 of them.
  const errors = faults.filter(({ severity }) => severity === "error");
  return (errors.length > 0 ? errors : faults).slice(0, 20).filter(({ message }) => !why.includes(message))
    .map(({ message }) => `check says "${message}", and the server "${why}"`);
}

function saysThereIsNoRule({ message }: Finding): boolean {
  return message.startsWith("No mapping source holds a rule");
}

/** What check finds in mappings that are in force, the server logs in the same words, at the same place. */
async function judgeProblems(
  findings: readonly Finding[],
  { lines, site, seen }: { readonly lines: readonly LogLine[]; readonly site: ServerSite; readonly seen: Seen },
): Promise<string[]> {
  const found = findings.filter((finding) => !saysThereIsNoRule(finding)).map(({ line, column, severity, message }) =>
    `${line}:${column} ${severity} ${message}`
  ).sort();
  const logged = lines.filter(({ message }) => message === "mapping problem")
    .map(({ line, column, severity, why }) => `${line}:${column} ${severity} ${why}`).sort();
  if (found.length === 0) seen.passed += 1;
  else seen.told += 1;
  const failures = JSON.stringify(found) === JSON.stringify(logged)
    ? []
    : [`check finds ${JSON.stringify(found)}, and the server ${JSON.stringify(logged)}`];
  const ready = await (await fetch(`${site.healthUrl}/readyz?verbose`)).text();
  const isEmpty = ready.includes("No mapping source holds a rule");
  if (isEmpty && findings.length === 0) failures.push("check passes what holds no rule");
  if (!isEmpty && findings.some(saysThereIsNoRule)) {
    failures.push("check says that there is no rule, and the server has one");
  }
  return failures;
}

/** Whom an entry names that check passes, the server takes for the user that stands in it. */
async function judgeLogins(
  text: string,
  findings: readonly Finding[],
  { form, site, tokens, seen }: Comparison,
): Promise<string[]> {
  const entries = entriesIn(text, form);
  const isNamed = (entry: Entry, person: Principal) => entry.arn?.toLowerCase() === canonicalArn(person).toLowerCase();
  const failures: string[] = [];
  for (const person of PEOPLE) {
    const own = entries.filter((entry) => isNamed(entry, person));
    const clean = own.filter((entry) => !findings.some((finding) => isWithin(finding, entry)));
    const entry = clean.find(({ userId }) => userId === undefined || userId === principalId(person));
    if (entry === undefined || entry.names.some((name) => name.includes("{{EC2"))) continue;
    seen.logins += 1;
    const { authenticated, user } = await site.review(await tokens(person));
    const want = entry.names.map((name) => expand(name, person));
    const got = authenticated ? [user!.username, ...user!.groups ?? []] : [];
    if (JSON.stringify(want) !== JSON.stringify(got)) {
      failures.push(`check passes the entry at line ${entry.start.line}, and ${canonicalArn(person)} is ${got.join()}`);
    }
  }
  return failures;
}

/** An entry of `mapRoles` or `mapUsers`, as far as it is plainly written. */
interface Entry {
  readonly arn: string | undefined;
  readonly userId: string | undefined;
  /** The username, and then the groups. */
  readonly names: readonly string[];
  readonly start: Position;
  /** Where the next one starts. */
  readonly end: Position | undefined;
}

function entriesIn(text: string, form: Form): readonly Entry[] {
  const root = rootOf(text);
  const holder = form.source === "MountedFile" ? childOf(root, "server") : root;
  const items = ["mapRoles", "mapUsers"].flatMap((section) => {
    const list = childOf(holder, section);
    return list?.kind === "list" ? list.items : [];
  }).sort(byPlace);
  return items.flatMap((item, i): Entry[] => {
    const value = plainOf(item);
    if (typeof value !== "object" || value === null) return [];
    const fields = Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
    const { rolearn, userarn, userid, username, groups } = fields;
    const arn = typeof rolearn === "string" ? rolearn : typeof userarn === "string" ? userarn : undefined;
    const userId = userid === undefined ? undefined : String(userid);
    return [{ arn, userId, names: [username, ...groups ?? []].map(String), start: item, end: items[i + 1] }];
  });
}

function rootOf(text: string): YamlNode | undefined {
  try {
    return parseYaml(text);
  } catch (error) {
    if (error instanceof YamlError) return undefined;
    throw error;
  }
}

function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === "map"
    ? node.entries.find((entry) => entry.key.toLowerCase() === key.toLowerCase())?.value
    : undefined;
}

function isWithin(finding: Finding, { start, end }: Entry): boolean {
  return byPlace(finding, start) >= 0 && (end === undefined || byPlace(finding, end) < 0);
}

function byPlace(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}

/** How rules name a person: a role by itself, without its session. */
function canonicalArn({ identity: { Arn } }: Principal): string {
  return Arn.replace(/:sts:(.*):assumed-role\/([^/]+)\/.*/, ":iam:$1:role/$2")
    .replace(/^(acs:.*):assumed-role\/([^/]+)\/.*/, "$1:role/$2");
}

function principalId(person: Principal): string {
  const id = isAwsPrincipal(person) ? person.identity.UserId : person.identity.PrincipalId;
  return id.split(":")[0]!;
}

function expand(name: string, person: Principal): string {
  const { identity: { Arn }, accessKeyId } = person;
  const session = /:assumed-role\/[^/]+\/(.+)$/.exec(Arn)?.[1] ?? "";
  return name.replaceAll("{{SessionNameRaw}}", session).replaceAll("{{SessionName}}", session.replaceAll("@", "-"))
    .replaceAll("{{AccountID}}", canonicalArn(person).split(":").at(-2)!).replaceAll("{{AccessKeyID}}", accessKeyId);
}

/** A token of each person, made again before it ends. */
function tokensOf({ clusterId, stsHost }: ServerSite): (person: Principal) => Promise<string> {
  const made = new Map<Principal, { readonly token: string; readonly atMs: number }>();
  return async (person) => {
    const now = new Date();
    const last = made.get(person);
    if (last !== undefined && now.getTime() - last.atMs < TOKEN_MS) return last.token;
    const token = isAwsPrincipal(person)
      ? awsToken(person, { clusterId, now, host: stsHost })
      : await mintedToken(person, { clusterId, now });
    made.set(person, { token, atMs: now.getTime() });
    return token;
  };
}
