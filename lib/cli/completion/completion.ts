/**
 * `ram-auth completion`: prints what makes a shell complete commands, options and values. The script is whole: nothing of
 * ram-auth runs when a key is pressed.
 *
 * @module
 */

import type { Invocation } from "../command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript } as const;

/** Prints the script of the shell. */
export function run({ settings, world }: Invocation): Promise<number> {
  world.stdout.write(SCRIPTS[settings.require("shell")]());
  return Promise.resolve(0);
}
