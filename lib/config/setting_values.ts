/**
 * What the settings of one command can be asked. Types alone.
 *
 * @module
 */

import type { Position } from "../yaml/read.ts";
import type { SetBy } from "./option.ts";
import type { OptionName, SettingOf } from "./options.ts";

/** The values in force for one command. They do not change. */
export interface SettingValues {
  /**
   * The value of an option.
   *
   * @throws {TypeError} if the command does not use the option: a mistake in the table or in the command
   */
  get<Name extends OptionName>(name: Name): SettingOf<Name>;
  /**
   * The value of an option that the command cannot do without.
   *
   * @throws {UsageError} if it is unset, naming every way to set it
   */
  require<Name extends OptionName>(name: Name): NonNullable<SettingOf<Name>>;
  /** What set the value; `undefined` where there is none. */
  setBy(name: OptionName): SetBy | undefined;
  /** Where the value came from, for a person; `not set` where there is none. */
  origin(name: OptionName): string;
  /** Where its key stands in the config file; `undefined` where something else set it. */
  placeOf(name: OptionName): Position | undefined;
}
