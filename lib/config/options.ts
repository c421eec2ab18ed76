/**
 * Every option of every command: one table. Flags, environment, config file, help, documentation and error messages are
 * all made from it; its rows are in `rows/`, by subject. Commands that print a token load their rows alone
 * (`command_options.ts`).
 *
 * @module
 */

import type { OptionRow, ValueOf } from "./option.ts";
import { APISERVER_ROWS } from "./rows/apiserver.ts";
import { COMPLETION_ROWS } from "./rows/completion.ts";
import { KUBECONFIG_ROWS } from "./rows/kubeconfig.ts";
import { GENERAL_ROWS, LOGIN_ROWS, SHARED_ROWS } from "./rows/login.ts";
import { MANIFESTS_ROWS } from "./rows/manifests.ts";
import { MAPPINGS_ROWS } from "./rows/mappings.ts";
import { SERVER_ROWS } from "./rows/server.ts";
import { STS_ROWS } from "./rows/sts.ts";

/** The table. A key is the flag's name and the name by which code asks for the value. */
export const OPTIONS = {
  ...GENERAL_ROWS,
  ...LOGIN_ROWS,
  ...KUBECONFIG_ROWS,
  ...COMPLETION_ROWS,
  ...MANIFESTS_ROWS,
  ...MAPPINGS_ROWS,
  ...SERVER_ROWS,
  ...APISERVER_ROWS,
  ...SHARED_ROWS,
  ...STS_ROWS,
} as const;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** What {@linkcode Settings.get} yields for an option: `undefined` is possible only where there is no default. */
export type SettingOf<Name extends OptionName> =
  | ValueOf<(typeof OPTIONS)[Name]>
  | ((typeof OPTIONS)[Name] extends { readonly default: unknown } ? never : undefined);

/** A row and its name. */
export type NamedRow = readonly [name: OptionName, row: OptionRow];

/** The table in order. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly unknown[] as readonly NamedRow[];
