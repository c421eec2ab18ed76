/**
 * `ram-auth explain`: what the mappings make of an identity, and why. For the operator's eyes, as `verify` is.
 *
 * @module
 */

import type { CloudId, Identity } from "../../identity/identity.ts";
import { cloudOfArn, loadClouds } from "../../clouds/registry.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { readBodyCapped } from "../../http.ts";
import { Denied } from "../../mapping/deny/denial.ts";
import { createDenyList } from "../../mapping/deny/list.ts";
import { readDenyList } from "../../mapping/deny/read.ts";
import { explain, type Subject } from "../../mapping/explain/explain.ts";
import { type Explanation, type TriedRule, whereText } from "../../mapping/explain/explanation.ts";
import { jsonLines, printable } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { cloudsToRead, readSources, STANDARD_INPUT } from "./read_sources.ts";
import { principalOf } from "./principal.ts";
import { verify } from "./verify.ts";

/** Most bytes of standard input that are read; a longer text is neither a token nor an ARN. */
const MAX_INPUT_BYTES = 65_536;

/** Explains one identity. Exit code 0 where it is allowed. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const given = settings.require("principal").reveal();
  const text = given === STANDARD_INPUT ? await readPrincipal(world) : given.trim();
  const subject = cloudOfArn(text) === undefined ? await ofToken(text, settings, world) : await ofArn(text);
  const isJson = settings.get("output") === "json";
  if ("summary" in subject) {
    const { result, summary } = subject;
    world.stdout.write(isJson ? jsonLines({ result, summary }) : `${printable(summary)}\n`);
    return 1;
  }
  const { identity, notice } = subject;
  const sources = await readSources(settings, world);
  const barred = await whyBarred(identity, settings);
  const explanation = explain({ identity, barred }, sources);
  const read = [...new Set(sources.filter(({ unread }) => unread?.rest !== "none").map(({ path }) => path))];
  world.stdout.write(isJson ? asJson(identity, explanation) : asText({ identity, barred }, explanation, read));
  if (notice !== undefined) world.stderr.write(`ram-auth: notice: the ARN is ${notice}\n`);
  return explanation.result === "allowed" ? 0 : 1;
}

interface KnownSubject {
  readonly identity: Identity;
  readonly notice: string | undefined;
}

interface UnknownSubject {
  readonly result: "refused";
  readonly summary: string;
}

async function ofArn(text: string): Promise<KnownSubject> {
  return principalOf(text, await loadClouds());
}

async function ofToken(token: string, settings: Settings, world: World): Promise<KnownSubject | UnknownSubject> {
  if (!(await loadClouds()).some(({ tokenPrefix }) => token.startsWith(tokenPrefix))) {
    throw new UsageError("Cannot explain the argument: it is neither an ARN nor a token; check what you copied");
  }
  const outcome = await verify(world, settings, { clusterId: settings.require("cluster-id"), token });
  if (outcome.verified) return { identity: outcome.identity, notice: undefined };
  const step = outcome.step === "token" ? "before STS was asked" : "by asking STS";
  return { result: "refused", summary: `refused ${step}: ${outcome.error.message}` };
}

async function readPrincipal(world: World): Promise<string> {
  const text = new TextDecoder().decode(await readBodyCapped(world.stdin.readable, MAX_INPUT_BYTES)).trim();
  if (text === "") {
    throw new UsageError("Cannot explain a principal: standard input is empty; pipe in an ARN or a token");
  }
  return text;
}

/** What a server refuses before it looks at mappings, in words that follow a colon. */
async function whyBarred(identity: Identity, settings: Settings): Promise<string | undefined> {
  const accepted = (await cloudsToRead(settings, settings.get("file") ?? [])).map(({ id }) => id);
  if (!accepted.includes(identity.cloud)) {
    const clouds = accepted.map((id) => CLOUD_NAMES[id]).join(" and ");
    return `an ARN of ${CLOUD_NAMES[identity.cloud]}, but the server accepts only ${clouds}; list both under "clouds"`;
  }
  const denial = await denialOf(identity, settings);
  if (denial !== undefined) return denial;
  const partition = settings.get("partition");
  const own = identity.canonicalArn.split(":")[1] ?? "";
  if (identity.cloud !== "aws" || own.toLowerCase() === partition) return undefined;
  return `differs by partition: an ARN of "${own}", but the server accepts only "${partition}"; set server.partition`;
}

async function denialOf(identity: Identity, settings: Settings): Promise<string | undefined> {
  const list = createDenyList();
  list.replace(readDenyList(settings.get("deny"), await loadClouds()).entries);
  try {
    list.assertIdentity(identity);
    return undefined;
  } catch (error) {
    if (error instanceof Denied) return error.why;
    throw error;
  }
}

const CLOUD_NAMES: Readonly<Record<CloudId, string>> = { alibaba: "Alibaba Cloud", aws: "AWS" };

function asJson(identity: Identity, explanation: Explanation): string {
  return jsonLines({ ...explanation, identity });
}

function asText(
  { identity, barred }: Subject,
  { summary, nearest, tried, invalid }: Explanation,
  read: readonly string[],
): string {
  const facts = Object.entries(identity).filter(([, value]) => value !== "");
  return [
    summary,
    "",
    "identity:",
    ...facts.map(([name, value]) => `  ${name.padEnd(17)}${value}`),
    ...(nearest.length === 0 ? [] : ["", "nearest misses:", ...nearest.map(triedLine)]),
    "",
    tried.length === 0
      ? read.length === 0 ? "no rules could be read" : `no rules in ${read.join(", ")}`
      : `${barred === undefined ? "" : "if it were accepted, "}all rules in order:`,
    ...tried.map(triedLine),
    ...(invalid.length === 0 ? [] : ["", "invalid:"]),
    ...invalid.map((entry) => `  ${whereText(entry)}: ${entry.message}`),
    "",
  ].map(printable).join("\n");
}

function triedLine(rule: TriedRule): string {
  return `  ${whereText(rule)} (${rule.source}) ${rule.names}: ${rule.why}`;
}
