/**
 * `ram-auth explain`: what the mappings make of an identity, and why. Scrubbed as the log is: it goes into tickets.
 *
 * @module
 */

import type { Identity } from "../../identity/identity.ts";
import { cloudOfArn, loadClouds } from "../../clouds/registry.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { explain, type Subject } from "../../mapping/explain/explain.ts";
import { type Explanation, type TriedRule, whereText } from "../../mapping/explain/explanation.ts";
import { createScrubber } from "../../mapping/scrub.ts";
import { jsonLines, printable } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { whyBarred } from "./barred.ts";
import { readGiven } from "./given.ts";
import { principalOf } from "./principal.ts";
import { readSources } from "../mappings/read_sources.ts";
import { verify } from "./verification.ts";
import { failureText } from "./verify.ts";

/** Explains one identity. Exit code 0 where it is allowed. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const given = settings.require("principal").reveal();
  const text = await readGiven(world, given, { attempt: "Cannot explain a principal", wanted: "an ARN or a token" });
  const subject = cloudOfArn(text) === undefined ? await ofToken(text, settings, world) : await ofArn(text);
  const isJson = settings.get("output") === "json";
  const { scrub, scrubAll } = createScrubber(() => settings.get("scrubbed-accounts") ?? []);
  if ("summary" in subject) {
    const { result } = subject;
    const summary = scrub(subject.summary, subject.identity);
    world.stdout.write(isJson ? jsonLines({ result, summary }) : `${printable(summary)}\n`);
    return 1;
  }
  const { identity, notice } = subject;
  const { sources } = await readSources(settings, world);
  const barred = await whyBarred(identity, settings);
  const explanation = explain({ identity, barred }, sources);
  const read = [...new Set(sources.filter(({ unread }) => unread?.rest !== "none").map(({ path }) => path))];
  const shown = scrubAll({ identity, barred, explanation, read, notice }, identity);
  world.stdout.write(isJson ? asJson(shown.identity, shown.explanation) : asText(shown, shown.explanation, shown.read));
  if (shown.notice !== undefined) world.stderr.write(`ram-auth: notice: the ARN is ${shown.notice}\n`);
  return explanation.result === "allowed" ? 0 : 1;
}

interface KnownSubject {
  readonly identity: Identity;
  readonly notice: string | undefined;
}

interface UnknownSubject {
  readonly identity: Identity | undefined;
  readonly result: "refused" | "unknown";
  readonly summary: string;
}

async function ofArn(text: string): Promise<KnownSubject> {
  return principalOf(text, await loadClouds());
}

async function ofToken(token: string, settings: Settings, world: World): Promise<KnownSubject | UnknownSubject> {
  if (!(await loadClouds()).some(({ tokenPrefix }) => token.startsWith(tokenPrefix))) {
    throw new UsageError("Cannot explain the argument: it is neither an ARN nor a token; check what you copied");
  }
  const { identity, failure } = await verify(world, settings, { clusterId: settings.require("cluster-id"), token });
  if (failure !== undefined) {
    return { identity, result: failure.reason === undefined ? "unknown" : "refused", summary: failureText(failure) };
  }
  if (identity === undefined) throw new TypeError("STS has confirmed nobody");
  return { identity, notice: undefined };
}

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
