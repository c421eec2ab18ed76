/**
 * Rules that let somebody in whom the server before did not. Looks at what is in force, as a server has it; `check --as`
 * looks at the entries, and sees more.
 *
 * @module
 */

import { cloudOfArn } from "../../clouds/registry.ts";
import type { BackendMode } from "../backend_mode.ts";
import type { MappingProblem } from "../problem.ts";
import { isUsable, type Rule } from "../rule.ts";
import { DIFFERENCES } from "./kinds.ts";
import { whyDead } from "./old_entry.ts";
import { OLD_TOOLS, type OldToolRow } from "./old_tools.ts";

/** A warning for each such rule of a source; the server before is that of the rule's cloud. */
export function warnOfGains(source: BackendMode, rules: readonly Rule[]): readonly MappingProblem[] {
  return rules.flatMap((rule): MappingProblem[] => {
    if (!isUsable(rule) || rule.kind !== "arn") return [];
    const cloud = cloudOfArn(rule.arn.canonicalArn);
    const [name, row] = Object.entries(OLD_TOOLS).find(([, row]) => row.cloud === cloud) ?? [];
    const reading = (row as OldToolRow | undefined)?.sources[source];
    const code = reading && whyDead(rule.arn, reading);
    if (code === undefined) return [];
    const { line, column, resource } = rule;
    const { before, now, advice } = DIFFERENCES[code];
    return [{
      line,
      column,
      ...(resource !== undefined && { resource }),
      severity: "warning",
      message: `This rule may give more than before: ${name} ${before}; ram-auth ${now}; ${advice}`,
    }];
  });
}
