/**
 * What a row of the option table may say. Types alone: nothing of this file is loaded at run time.
 *
 * @module
 */

import type { Secret } from "../secret.ts";
import type { Position, YamlNode } from "../yaml/read.ts";

/** The commands of `ram-auth`. */
export type CommandName =
  | "token"
  | "eks get-token"
  | "credential-plugin get-token"
  | "whoami"
  | "login"
  | "cache list"
  | "logout"
  | "kubeconfig"
  | "completion"
  | "server"
  | "verify"
  | "explain"
  | "check"
  | "mappings list"
  | "convert"
  | "add user"
  | "add role"
  | "remove user"
  | "remove role"
  | "deny add"
  | "deny remove"
  | "deny list"
  | "init"
  | "webhook-token rotate"
  | "webhook-token retire"
  | "uninstall"
  | "apiserver configure"
  | "apiserver undo"
  | "manifests"
  | "doctor"
  | "dev"
  | "config"
  | "version";

/** What every option says of itself. Help, the loader, its errors and `docs/configuration.md` are made from it. */
interface RowBase {
  /** One sentence without a full stop. */
  readonly help: string;
  /** The commands that use it. */
  readonly commands: readonly CommandName[];
  /**
   * Commands that take it because their counterparts in the other tools do, and tell the user in one notice that it is
   * idle; silently where the other tools' kubeconfigs always have it, and each kubectl would say so.
   */
  readonly ignored?: { readonly by: readonly CommandName[]; readonly because: string; readonly silently?: true };
  /** The letter after a single dash. */
  readonly short?: string;
  /** The letter on commands where another tool has another one. */
  readonly shortOn?: Readonly<Partial<Record<CommandName, string>>>;
  /** What the flag is called on commands that take another tool's flags. */
  readonly flagOn?: Readonly<Partial<Record<CommandName, string>>>;
  /** Commands that take it as their one argument too, without the flag's name. */
  readonly positional?: readonly CommandName[];
  /** Commands that read it from the config file alone, where others take it from anywhere. */
  readonly fileFor?: readonly CommandName[];
  /** Variables beside the automatic `RAM_AUTH_<OPTION>`, in order of precedence. */
  readonly environment?: readonly string[];
  /** The commands for which `environment` counts; without it, all that use the option. */
  readonly environmentFor?: readonly CommandName[];
  /** Where it is in the config file, such as `server.stateDir`. */
  readonly yaml?: string;
  /** The only origin it may have; without it, the command line, the environment and (with `yaml`) the config file. */
  readonly only?: "flag" | "file";
  /** Whether a running server takes up what the config file says of it by now; without it, a restart does. */
  readonly atOnce?: true;
  /** What stands for the value in help; each type has a usual one. */
  readonly placeholder?: string;
}

/** Free text; an empty text counts as unset. */
export interface TextRow extends RowBase {
  readonly type: "text";
  /** Whether it is a host: the brackets that URLs have round an IPv6 address are dropped. */
  readonly isHost?: true;
  readonly default?: string;
  /** Defaults of commands that have another one. */
  readonly defaultFor?: Readonly<Partial<Record<CommandName, string>>>;
}

/** Text that must not be printed. */
export interface SecretRow extends RowBase {
  readonly type: "secret";
}

/** A whole number from `min` to `max`, both included. */
export interface IntegerRow extends RowBase {
  readonly type: "integer";
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
  readonly default?: number;
}

/** A switch. */
export interface BooleanRow extends RowBase {
  readonly type: "boolean";
  readonly default: boolean;
}

/** A closed set of values. */
interface Choices {
  readonly choices: readonly string[];
  /** Other spellings, in lower case, and the choice that each means. */
  readonly spellings?: Readonly<Record<string, string>>;
}

/** One of several values, in any case. */
export interface ChoiceRow extends RowBase, Choices {
  readonly type: "choice";
  readonly default?: string;
}

/** Several texts: comma separated, or the flag repeated; with `choices`, each at most once and at least one. */
export interface ListRow extends RowBase, Partial<Choices> {
  readonly type: "list";
  /** What stands between the items of one text; a comma where nothing else is said. */
  readonly separator?: RegExp;
  readonly default?: readonly string[];
}

/** A part of the config file that its reader, not this table, understands. */
export interface StructureRow extends RowBase {
  readonly type: "structure";
  readonly only: "file";
  readonly yaml: string;
}

/** One option. */
export type OptionRow = TextRow | SecretRow | IntegerRow | BooleanRow | ChoiceRow | ListRow | StructureRow;

/** A value that has passed its row's check. */
export type OptionValue = string | Secret | number | boolean | readonly string[] | YamlNode;

/** The type of a row's value. */
export type ValueOf<Row extends OptionRow> = Row extends { type: "integer" } ? number
  : Row extends { type: "boolean" } ? boolean
  : Row extends { type: "secret" } ? Secret
  : Row extends { type: "structure" } ? YamlNode
  : Row extends { type: "choice"; choices: readonly (infer Choice)[] } ? Choice
  : Row extends { type: "list"; choices: readonly (infer Choice)[] } ? readonly Choice[]
  : Row extends { type: "list" } ? readonly string[]
  : string;

/** The ways to set an option. */
export type SetBy = "flag" | "environment" | "file" | "default";

/** A value and where it came from. */
export interface Sourced {
  readonly value: OptionValue;
  /** The items of a list that were named by another spelling. */
  readonly respelled?: readonly string[];
  readonly setBy: SetBy;
  /** For a person: `flag --port`, `/etc/ram-auth.yaml:12:3`, `default`. */
  readonly origin: string;
  /** Where its key stands, if the config file set it. */
  readonly at?: Position;
}
