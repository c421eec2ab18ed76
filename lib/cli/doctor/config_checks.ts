/**
 * The config file: whether a server could start with it, and what in it has no effect.
 *
 * @module
 */

import { exists } from "../../folders.ts";
import { findingLine, isNotice } from "../mappings/finding.ts";
import { checkConfigFile } from "../mappings/check.ts";
import { type Check, failed, ok, skipped, warning } from "./check.ts";
import type { Examination } from "./examination.ts";
import { shellWord } from "../../quote.ts";

/** The checks. */
export function configChecks({ world, settings }: Examination): Check[] {
  const path = settings.require("config");
  return [
    {
      id: "config",
      tested: `the config file "${path}", and the DynamicFile that it names, as "ram-auth check" does`,
      async look() {
        if (settings.setBy("config") === "default" && !await exists(world, path)) {
          return skipped("there is no such file", "name the server's config file with -c, and give the server's flags");
        }
        const { findings, rules } = await checkConfigFile(world, path);
        const told = findings.filter((finding) => !isNotice(finding));
        const [first] = told;
        if (first === undefined) return ok(`${rules} rules, and nothing wrong`);
        const worst = told.find(({ severity }) => severity === "error") ?? first;
        const more = told.length === 1 ? "" : `, and ${told.length - 1} more`;
        const saw = `${findingLine(worst).trim()}${more}`;
        const todo = `correct it; to see everything, run: ram-auth check -c ${shellWord(path)}`;
        return worst.severity === "error" ? failed(saw, todo) : warning(saw, todo);
      },
    },
    {
      id: "cluster-id",
      tested: "the cluster ID, which binds tokens to this cluster",
      look() {
        const id = settings.get("cluster-id");
        return Promise.resolve(
          id === undefined
            ? failed("it is not set, so that no server starts", 'write "clusterID" in the config file, or give -i')
            : ok(`"${id}" from ${settings.origin("cluster-id")}`),
        );
      },
    },
  ];
}
