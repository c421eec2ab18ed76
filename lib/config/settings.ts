/**
 * The values in force for one command: flags win over the environment, that over the config file, that over the
 * defaults. Knows where each value came from.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { importLater } from "../import_later.ts";
import type { World } from "../world.ts";
import type { Flags } from "./flags.ts";
import {
  defaultOf,
  environmentNames,
  flagNames,
  isFileOnly,
  isIgnored,
  isUsed,
  loadOptions,
} from "./command_options.ts";
import type { CommandName, OptionRow, Sourced } from "./option.ts";
import type { NamedRow, OptionName, SettingOf } from "./options.ts";
import { GENERAL_ROWS } from "./rows/login.ts";
import type { SettingValues } from "./setting_values.ts";
import { readValue, splitList, type TextualRow } from "./values.ts";
import { quoted } from "../quote.ts";

/** The values in force for a command that runs. They do not change; {@linkcode Settings.reload} makes new ones. */
export interface Settings extends SettingValues {
  /** One sentence for each option that was given and has no effect on this command. */
  readonly notices: readonly string[];
  /** What tells the bytes of the config file from others; `undefined` where there is none. */
  readonly fileHash: string | undefined;
  /**
   * Reads the config file again, once, and weighs it against the same flags and environment.
   *
   * @param onRead takes the hash of what was read, whether it can be used or not
   * @throws {RamAuthError} as {@linkcode loadSettings}; these settings stay as they are
   */
  reload(onRead?: (fileHash: string) => void): Promise<Settings>;
}

/**
 * Finds the values in force.
 *
 * @param options `isReload`: whether the thread has other work, so that the file is read without holding it up;
 *   `isLenient`: whether what is wrong in the file counts as not set; `onRead`: takes the hash of the config file, whether
 *   it can be used or not
 * @throws {UsageError} if a flag or variable holds what its option does not take
 * @throws {FileError} if the config file cannot be read
 * @throws {ConfigError} with everything that is wrong in the config file
 */
export async function loadSettings(
  command: CommandName,
  flags: Flags,
  world: World,
  { isReload = false, isLenient = false, onRead = () => {} }: {
    readonly isReload?: boolean;
    readonly isLenient?: boolean | undefined;
    readonly onRead?: (fileHash: string) => void;
  } = {},
): Promise<Settings> {
  const given = (option: NamedRow) => fromFlag(option, flags, command) ?? fromEnvironment(option, world, command);
  const options = await loadOptions(command);
  const readsFile = options.some(([, row]) => row.yaml !== undefined);
  let fileHash: string | undefined;
  const note = (hash: string) => onRead(fileHash = hash);
  const config = readsFile
    ? given(["config", GENERAL_ROWS.config]) ?? fromDefault(GENERAL_ROWS.config, command)
    : undefined;
  const inFile = await readFile(config, world, { isReload, isLenient, onRead: note });
  const values = new Map<OptionName, Sourced>();
  const notices: string[] = [];
  for (const option of options) {
    const [name, row] = option;
    if (!isIgnored(row, command)) {
      const value = given(option) ?? inFile.get(name) ?? fromDefault(row, command);
      if (value !== undefined) values.set(name, value);
      continue;
    }
    // A variable that is meant for the server must not make every other command complain, nor a key of the file.
    const idle = fromFlag(option, flags, command);
    if (idle !== undefined && !row.ignored?.silently) {
      notices.push(`Option "${name}" from ${idle.origin} has no effect here: ${row.ignored?.because}`);
    }
  }
  const reload: Settings["reload"] = (onRead) =>
    loadSettings(command, flags, world, { isReload: true, ...(onRead && { onRead }) });
  return { ...await settledValues(command, { rows: new Map(options), values }), notices, fileHash, reload };
}

/** What a server has in force by a config file and nothing else, as far as the file can be read. */
export async function serverSettingsOf(inFile: ReadonlyMap<OptionName, Sourced>): Promise<SettingValues> {
  const options = await loadOptions("server");
  const values = new Map(inFile);
  for (const [name, row] of options) {
    const value = values.has(name) || isIgnored(row, "server") ? undefined : fromDefault(row, "server");
    if (value !== undefined) values.set(name, value);
  }
  return await settledValues("server", { rows: new Map(options), values });
}

/** With the name of a mapping source replaced where what it means depends on other options. */
async function settledValues(command: CommandName, loaded: Loaded): Promise<SettingValues> {
  const modes = loaded.values.get("backend-mode");
  if (modes?.respelled === undefined) return valuesOf(command, loaded);
  if (!loaded.rows.has("clouds")) {
    if (!modes.respelled.includes("ACKConfigMap")) return valuesOf(command, loaded);
    throw new UsageError(
      `Cannot use "ConfigMap" from ${modes.origin}: it means another source for each cloud; write ACKConfigMap or ` +
        "EKSConfigMap",
    );
  }
  const { settleModes } = await importLater<typeof import("./settle_modes.ts")>("./settle_modes.ts", import.meta.url);
  const settled = settleModes(
    modes,
    (others) => valuesOf(command, { ...loaded, values: new Map([...loaded.values, ["backend-mode", others]]) }),
  );
  return valuesOf(command, { ...loaded, values: new Map([...loaded.values, ["backend-mode", settled]]) });
}

interface Loaded {
  /** The options that the command takes. */
  readonly rows: ReadonlyMap<OptionName, OptionRow>;
  readonly values: ReadonlyMap<OptionName, Sourced>;
}

function valuesOf(command: CommandName, { rows, values }: Loaded): SettingValues {
  const rowOf = (name: OptionName): OptionRow => {
    const row = rows.get(name);
    if (row !== undefined && isUsed(row, command)) return row;
    throw new TypeError(`ram-auth ${command} does not use the option "${name}"`);
  };
  const find = (name: OptionName): Sourced | undefined => {
    rowOf(name);
    return values.get(name);
  };
  return {
    // The row chose both the value, in readValue(), and the type, in SettingOf.
    get: <Name extends OptionName>(name: Name) => find(name)?.value as SettingOf<Name>,
    require<Name extends OptionName>(name: Name) {
      const sourced = find(name);
      if (sourced === undefined) throw unset(command, [name, rowOf(name)]);
      return sourced.value as NonNullable<SettingOf<Name>>;
    },
    setBy: (name) => find(name)?.setBy,
    origin: (name) => find(name)?.origin ?? "not set",
    placeOf: (name) => find(name)?.at,
  };
}

function fromFlag(option: NamedRow, flags: Flags, command: CommandName): Sourced | undefined {
  const texts = flags.get(option[0]);
  return texts === undefined
    ? undefined
    : convert(option, texts, { setBy: "flag", origin: `flag --${flagNames(option, command)[0]}` });
}

function fromEnvironment(option: NamedRow, world: World, command: CommandName): Sourced | undefined {
  for (const variable of environmentNames(option, command)) {
    const text = world.env(variable);
    if (text !== undefined && text !== "") {
      return convert(option, [text], { setBy: "environment", origin: `environment variable ${variable}` });
    }
  }
  return undefined;
}

function fromDefault(row: OptionRow, command: CommandName): Sourced | undefined {
  const value = defaultOf(row, command);
  return value === undefined ? undefined : { value, setBy: "default", origin: "default" };
}

function convert([, row]: NamedRow, texts: readonly string[], from: Omit<Sourced, "value">): Sourced {
  const reading = readValue(
    row as TextualRow,
    row.type === "list" ? texts.flatMap((text) => splitList(text, row)) : texts,
  );
  if ("value" in reading) return { ...reading, ...from };
  throw new UsageError(`Cannot use ${quoted(texts.join(","))} from ${from.origin}: ${reading.refusal}`);
}

/** A server that reloads has reviews to answer meanwhile. */
async function readFile(
  config: Sourced | undefined,
  world: World,
  { isReload, isLenient, onRead }: {
    readonly isReload: boolean;
    readonly isLenient: boolean;
    readonly onRead: (fileHash: string) => void;
  },
): Promise<ReadonlyMap<OptionName, Sourced>> {
  if (config === undefined) return new Map();
  const { readConfigFile, readUsableConfig } = await importLater<typeof import("./file.ts")>(
    "./file.ts",
    import.meta.url,
  );
  if (isLenient) return await readUsableConfig(world, String(config.value));
  return await readConfigFile(world, String(config.value), { onRead, isAside: isReload });
}

function unset(command: CommandName, [name, row]: NamedRow): UsageError {
  const ways = [
    ...(row.positional?.includes(command) ? [`write it as ram-auth ${command} <${row.placeholder ?? name}>`] : []),
    ...(isFileOnly(row, command) ? [] : [`give --${flagNames([name, row], command)[0]}`]),
    ...environmentNames([name, row], command).slice(0, 1).map((variable) => `set ${variable}`),
    ...(row.yaml === undefined ? [] : [`write "${row.yaml}" in the config file`]),
  ];
  return new UsageError(`Cannot run ram-auth ${command} without "${name}": it is not set; ${ways.join(", or ")}`);
}
