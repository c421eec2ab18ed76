/**
 * Writes `docs/configuration.md` from the option table; with `--check`, only says whether it is up to date.
 *
 * @module
 */

import type { OptionRow } from "../lib/config/option.ts";
import { environmentNames } from "../lib/config/command_options.ts";
import { type NamedRow, OPTION_ROWS } from "../lib/config/options.ts";
import { wanted } from "../lib/config/values.ts";

/** Where the document stands. */
export const DOCUMENT = new URL("../docs/configuration.md", import.meta.url);

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->
<!-- Made from lib/config/options.ts by scripts/document_options.ts: change the table, then run the script. -->

# Configuration

Each option can be given in up to three ways. Where it is given in several, the command line wins over the environment,
the environment over the config file, and that over the default. \`ram-auth config\` prints what is in force for the
server and where each value comes from.

- **Command line**: \`--name value\`, \`--name=value\`, \`-n value\`; switches also as \`--no-name\`. Lists are comma separated,
  and their flag may be repeated.
- **Environment**: \`RAM_AUTH_<NAME>\`, and the names that people have from other tools; those of \`ACK_RAM_TOOL_<NAME>\`
  count for \`credential-plugin get-token\` alone. An empty variable counts as unset.
- **Config file** (\`--config\`): YAML, at most 8 MiB, keys in any case. A dot in a key below is one level of nesting. A key
  without a value counts as unset. Unknown keys, keys given twice and values of the wrong type are errors, all listed at
  once with line and column.

Two more variables are read: \`NO_COLOR\` turns bold headings off, \`RAM_AUTH_DEBUG\` adds the stack trace to an internal
error.
`;

/** The whole document. */
export function configurationDocument(): string {
  const used = OPTION_ROWS.filter(([, row]) => row.commands.length > 0);
  const idle = OPTION_ROWS.filter(([, row]) => row.commands.length === 0);
  return [
    INTRODUCTION,
    "## Options\n",
    ...used.map(describe),
    "## Accepted without effect\n",
    "The tools that ram-auth replaces have these. They are read, so that what starts those tools starts ram-auth, and named",
    "in a notice.\n",
    "| Flag | Config file | Why it has no effect |",
    "|---|---|---|",
    ...idle.map(([name, row]) => `| ${cell(flag([name, row]))} | ${cell(row.yaml)} | ${row.ignored?.because ?? ""} |`),
    "",
  ].join("\n");
}

function describe(option: NamedRow): string {
  const [name, row] = option;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Flag", code(flag(option))],
    ["Environment", environmentNames(option).map((variable) => `\`${variable}\``).join(", ") || undefined],
    ["There only for", row.environmentFor && `${row.environmentFor.join(", ")} (but \`RAM_AUTH_…\`)`],
    ["Config file", code(row.yaml)],
    ["Takes", wanted(row)],
    ["Default", defaults(row)],
    ["Used by", row.commands.join(", ")],
    ["A running server takes up a change", changes(row)],
    ["Read from the file by", row.fileFor?.join(", ")],
    ["Idle for", row.ignored && `${row.ignored.by.join(", ")} (${row.ignored.because})`],
  ];
  const lines = facts.flatMap(([label, text]) => text === undefined ? [] : [`- ${label}: ${text}`]);
  return [`### ${title(name, row)}\n`, `${row.help}.\n`, ...lines, ""].join("\n");
}

function defaults(row: OptionRow): string | undefined {
  if (!("default" in row) || row.default === undefined) return undefined;
  const others = row.type === "text" ? Object.entries(row.defaultFor ?? {}) : [];
  return [`\`${row.default}\``, ...others.map(([command, text]) => `for ${command} \`${text}\``)].join(", ");
}

/** Of options that a config file may change under a server. */
function changes(row: OptionRow): string | undefined {
  if (!row.commands.includes("server") || row.yaml === undefined) return undefined;
  return row.atOnce ? "at once" : "on a restart";
}

function title(name: string, row: OptionRow): string {
  return row.only === "file" ? row.yaml ?? name : name;
}

function flag([name, row]: NamedRow): string | undefined {
  if (row.only === "file") return undefined;
  return row.short === undefined ? `--${name}` : `--${name}, -${row.short}`;
}

function code(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `\`${text}\``;
}

function cell(text: string | undefined): string {
  return code(text) ?? "";
}

if (import.meta.main) {
  const wantedText = configurationDocument();
  if (Deno.args.includes("--check")) {
    const found = await Deno.readTextFile(DOCUMENT).catch(() => "");
    if (found !== wantedText) {
      await Deno.stderr.write(
        new TextEncoder().encode("docs/configuration.md is out of date: run scripts/document_options.ts\n"),
      );
      Deno.exit(1);
    }
  } else await Deno.writeTextFile(DOCUMENT, wantedText);
}
