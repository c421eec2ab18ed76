/**
 * Which attacks the tests tried, by the ids in their names: per cloud how many cases there are, and how they ended. Pure:
 * from the report of a run to rows to text.
 *
 * @module
 */

import type { CloudId } from "../lib/identity/identity.ts";
import type { Attack } from "../tests/attacks/ids.ts";
import type { TestCase } from "./test_report.ts";

/** One attack, as the tests tried it. */
export interface AttackRow {
  readonly attack: Attack;
  /** Cases that ran, by cloud. A test with steps counts as its steps. */
  readonly cases: Readonly<Record<CloudId, number>>;
  /** `MISSING`: no case ran for a cloud that the attack applies to. */
  readonly result: "ok" | "FAILED" | "MISSING";
}

/** Whose tests stand where. Cases from anywhere else count for both clouds. */
const FOLDERS: Readonly<Record<CloudId, string>> = {
  alibaba: "tests/attacks/alibaba/",
  aws: "tests/attacks/aws/",
};

const CLOUDS = Object.keys(FOLDERS) as readonly CloudId[];

/** Tells for each attack how it was tried. */
export function attackRows(attacks: readonly Attack[], cases: readonly TestCase[]): AttackRow[] {
  const ran = cases.filter(({ result }) => result !== "skipped");
  const parents = new Set(ran.flatMap(({ name, file }) => parentsOf(name).map((parent) => `${file} ${parent}`)));
  return attacks.map((attack) => {
    const tried = ran.filter(({ name }) => idsIn(name).has(attack.id));
    const leaves = tried.filter(({ name, file }) => !parents.has(`${file} ${name}`));
    const count = (cloud: CloudId) => leaves.filter(({ file }) => countsFor(cloud, file)).length;
    const counts = { alibaba: count("alibaba"), aws: count("aws") };
    const isMissing = attack.clouds.some((cloud) => counts[cloud] === 0);
    const hasFailed = tried.some(({ result }) => result === "failed");
    return { attack, cases: counts, result: hasFailed ? "FAILED" : isMissing ? "MISSING" : "ok" };
  });
}

/** Attacks of a cloud that no case tried: each is one line of text. */
export function missingAttacks(rows: readonly AttackRow[]): string[] {
  return rows.flatMap(({ attack: { id, what, clouds }, cases }) =>
    clouds.filter((cloud) => cases[cloud] === 0).map((cloud) => `No test tries ${id} for ${cloud}: ${what}`)
  );
}

/** The table as text, with a line for each attack. */
export function formatAttackTable(rows: readonly AttackRow[]): string {
  const cell = (text: string | number) => String(text).padStart(8);
  const lines = rows.map(({ attack, cases, result }) => {
    const counts = CLOUDS.map((cloud) => cell(attack.clouds.includes(cloud) ? cases[cloud] : "-"));
    return `${attack.id.padEnd(6)}${counts.join("")}  ${result.padEnd(7)}  ${attack.what}\n`;
  });
  return `${"Attack".padEnd(6)}${CLOUDS.map(cell).join("")}  Result\n${lines.join("")}`;
}

/** `S-1` and `T-11b`, but not as part of a longer word. */
function idsIn(name: string): ReadonlySet<string> {
  return new Set(name.match(/(?<![\w-])[ST]-\d+[a-z]?(?![\w-])/g));
}

/** A step's test and the steps around it. A name that holds the separator itself only adds names that nobody has. */
function parentsOf(name: string): string[] {
  const parts = name.split(" > ");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join(" > "));
}

function countsFor(cloud: CloudId, file: string): boolean {
  const path = file.replace(/^\.\//, "");
  return path.startsWith(FOLDERS[cloud]) || !Object.values(FOLDERS).some((folder) => path.startsWith(folder));
}
