/**
 * The option of `completion`.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";

/** The row. */
export const COMPLETION_ROWS = {
  shell: {
    type: "choice",
    only: "flag",
    choices: ["bash", "zsh", "fish", "powershell"],
    positional: ["completion"],
    help: "Shell to print the script for; the name of the flag may be left out",
    commands: ["completion"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
