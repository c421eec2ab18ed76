/**
 * The servers that people move from, and how each of them reads a source. Facts alone, as they were found by running
 * aws-iam-authenticator 0.7.18 and by reading ack-ram-authenticator 0.2.
 *
 * @module
 */

import type { CloudId } from "../../identity/identity.ts";
import type { BackendMode } from "../backend_mode.ts";

/** How a server reads a source. */
export interface Reading {
  /** What it makes of an entry without an ARN, or of one that is not a map: `ends`, it does not start, or reads no entry. */
  readonly slip: "ends" | "skipped";
  /** In which sections an ARN that it cannot read ends its start; elsewhere the entry matches nobody. */
  readonly checkedArns: readonly ("mapRoles" | "mapUsers")[];
  /** Whether an entry that names one session of a role is read as the whole role; else it matches nobody. */
  readonly sessionsAreRoles: boolean;
  /** Whether of two user ARNs that differ by case it keeps both, and takes either one. */
  readonly keepsCase: boolean;
  /**
   * How a value of another type is read: `loose`, a number is its digits and a text a list; `blank`, as if empty; `slip`,
   * the entry is one.
   */
  readonly values: "loose" | "blank" | "slip";
  /** Whether it knows permission sets; else such an entry has no ARN. */
  readonly permissionSets: boolean;
  /** `regex`: an ARN with a wildcard is a regular expression that matches anywhere; else it matches nobody. */
  readonly wildcards: "regex" | "nobody";
  /** Whether digits without quotes are a number, octal where they start with 0. */
  readonly accountsAreNumbers: boolean;
  /** Whether `reservedPrefixConfig` holds. */
  readonly reserves: boolean;
}

/** One server that people move from. */
export interface OldToolRow {
  readonly cloud: CloudId;
  /** The version that was looked at. */
  readonly version: string;
  /** Placeholders that it fills. */
  readonly placeholders: readonly string[];
  /** The sources that it has. */
  readonly sources: Readonly<Partial<Record<BackendMode, Reading>>>;
}

const CONFIG_FILE: Reading = {
  slip: "ends",
  checkedArns: ["mapRoles", "mapUsers"],
  sessionsAreRoles: true,
  keepsCase: false,
  values: "loose",
  permissionSets: true,
  wildcards: "nobody",
  accountsAreNumbers: true,
  reserves: true,
};
const CONFIG_MAP: Reading = {
  slip: "skipped",
  checkedArns: [],
  sessionsAreRoles: false,
  keepsCase: true,
  values: "blank",
  permissionSets: true,
  wildcards: "nobody",
  accountsAreNumbers: false,
  reserves: false,
};
const DYNAMIC_FILE: Reading = {
  ...CONFIG_MAP,
  slip: "ends",
  sessionsAreRoles: true,
  keepsCase: false,
  values: "slip",
  permissionSets: false,
  reserves: true,
};
const RESOURCES: Reading = { ...CONFIG_MAP, sessionsAreRoles: true, keepsCase: false };

/** Every server, by its name. */
export const OLD_TOOLS = {
  "aws-iam-authenticator": {
    cloud: "aws",
    version: "0.7.18",
    placeholders: ["AccountID", "SessionName", "SessionNameRaw", "AccessKeyID", "EC2PrivateDNSName"],
    sources: { MountedFile: CONFIG_FILE, DynamicFile: DYNAMIC_FILE, EKSConfigMap: CONFIG_MAP, CRD: RESOURCES },
  },
  "ack-ram-authenticator": {
    cloud: "alibaba",
    version: "0.2",
    placeholders: ["AccountID", "SessionName", "SessionNameRaw"],
    sources: {
      MountedFile: {
        ...CONFIG_FILE,
        checkedArns: ["mapUsers"],
        sessionsAreRoles: false,
        keepsCase: true,
        reserves: false,
      },
      DynamicFile: { ...DYNAMIC_FILE, reserves: false },
      ACKConfigMap: CONFIG_MAP,
      CRD: { ...RESOURCES, wildcards: "regex" },
    },
  },
} as const satisfies Readonly<Record<string, OldToolRow>>;

/** The name of a server that people move from. */
export type OldTool = keyof typeof OLD_TOOLS;

/** All names, for options and help. */
export const OLD_TOOL_NAMES = Object.keys(OLD_TOOLS) as readonly OldTool[];
