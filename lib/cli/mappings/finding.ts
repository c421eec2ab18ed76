/**
 * What `check` has to say of files: its lines, and the last one, which counts them.
 *
 * @module
 */

import type { MappingProblem, Severity } from "../../mapping/problem.ts";
import { printable } from "../../quote.ts";
import type { Position, YamlProblem } from "../../yaml/read.ts";

/**
 * One line of the output. Beside the severities of mappings, `error`: the file cannot be used at all, or a server would
 * not start with it.
 */
export interface Finding extends Omit<MappingProblem, "severity" | "hasNoEffect"> {
  readonly path: string;
  readonly severity: Severity | "error";
}

/** Problems of a file's text as findings. */
export function errorsOf(path: string, problems: readonly YamlProblem[]): Finding[] {
  return problems.map((problem) => ({ ...problem, path, severity: "error" }));
}

/** Problems of mappings as findings, by place. */
export function findingsOf(path: string, problems: readonly MappingProblem[]): Finding[] {
  return problems.map(({ hasNoEffect: _, ...problem }) => ({ ...problem, path })).sort(byPlace);
}

/** For sorting. */
export function byPlace(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}

/** Whether a finding leaves all well. */
export function isNotice({ severity }: Finding): boolean {
  return severity === "notice";
}

/** A finding as a line of text. */
export function findingLine({ path, line, column, severity, resource, message }: Finding): string {
  const what = resource === undefined ? "" : `resource "${resource}": `;
  return `${printable(`${path}:${line}:${column}: ${severity}: ${what}${message}`)}\n`;
}

/** The last line. */
export function summaryOf(
  findings: readonly Finding[],
  { files, rules }: { readonly files: number; readonly rules: number },
): string {
  const count = (severity: Finding["severity"], one: string, many = `${one}s`) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const counts = [
    ...count("error", "error"),
    ...count("invalid", "invalid", "invalid"),
    ...count("warning", "warning"),
    ...count("notice", "notice"),
  ];
  const where = `${rules} ${rules === 1 ? "rule" : "rules"} in ${files} ${files === 1 ? "file" : "files"}`;
  return `${where}: ${counts.length === 0 ? "nothing is wrong" : counts.join(", ")}`;
}
