/**
 * What `doctor` prints: each check that is not in order with what to do, the others by name.
 *
 * @module
 */

import { jsonLines, printable } from "../../quote.ts";
import { VERSION } from "../../version.ts";
import type { Finding, Outcome } from "./check.ts";

const OUTCOMES: readonly Outcome[] = ["ok", "warning", "failed", "skipped"];

/** For programs: the members are documented in `docs/troubleshooting.md`, and stay. */
export function asJson(findings: readonly Finding[]): string {
  return jsonLines({ ok: isSound(findings), version: VERSION, checks: findings });
}

/** For people. */
export function asText(findings: readonly Finding[]): string {
  const told = findings.filter(({ outcome }) => outcome !== "ok").flatMap(({ id, tested, saw, outcome, todo }) => [
    `${outcome}: ${id}`,
    `  tested: ${tested}`,
    `  saw:    ${saw}`,
    ...(todo === undefined ? [] : [`  to do:  ${todo}`]),
  ]);
  const well = findings.filter(({ outcome }) => outcome === "ok").map(({ id }) => id);
  const counts = OUTCOMES.flatMap((outcome) => {
    const count = findings.filter((finding) => finding.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  const lines = [
    ...told,
    ...(well.length === 0 ? [] : [`ok: ${well.join(", ")}`]),
    `${findings.length} checks: ${counts.join(", ")}`,
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** Whether nothing failed. */
export function isSound(findings: readonly Finding[]): boolean {
  return findings.every(({ outcome }) => outcome !== "failed");
}
