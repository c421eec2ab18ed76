/**
 * Writes `lib/clouds/aws/partitions.ts` from the partition data of AWS's own SDK for JavaScript:
 *
 *     deno run --no-prompt --allow-read --allow-write --allow-run=npm,tar scripts/refresh_partitions.ts [version]
 *
 * With `--check`, only says whether the table there is what that version of the SDK holds. The package is read as data:
 * nothing of it is run, and the shipped program does not import it.
 *
 * @module
 */

import type { Partition } from "../lib/clouds/aws/partitions.ts";

/** Where the table stands. */
export const TABLE = new URL("../lib/clouds/aws/partitions.ts", import.meta.url);

/** The SDK's package with the data, the version that is read where none is asked for, and the data's place in it. */
const SOURCE = {
  name: "@aws-sdk/core",
  version: "3.981.0",
  path: "dist-es/submodules/client/util-endpoints/lib/aws/partitions.js",
} as const;

const ID = /^aws(?:-[a-z]+)*$/;
const SUFFIX = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}$/;

/** Names that stand for no region, such as `aws-cn-global`: no host is called so. */
const PSEUDO_REGION = /^aws(?:-[a-z]+)*-global$/;

/**
 * The module that holds the table.
 *
 * @param source the text of the SDK's `partitions.js`
 * @throws {Error} if it is not the JSON that the SDK has always held there, or says what no partition says
 */
export function partitionsModule(source: string, version: string): string {
  const json = /^export const partitionsInfo = (\{[^]*\});\s*$/.exec(source)?.[1];
  if (json === undefined) throw new Error("Cannot read the SDK's partitions: the file is not one constant");
  const rows = readRows(JSON.parse(json));
  return `/**
 * AWS's partitions: which regions each has, and how their hosts end. Data alone; on the start-up path of \`token\`.
 *
 * Source: \`${SOURCE.path}\` of the npm package \`${SOURCE.name}\`,
 * version ${version}. Made by this command; with \`--check\` it only compares, with a version it reads that one:
 *
 *     deno run --no-prompt --allow-read --allow-write --allow-run=npm,tar scripts/refresh_partitions.ts
 *
 * @module
 */

/** Regions that share accounts, hosts and ARNs with each other, and with nothing else. */
export interface Partition {
  /** As ARNs name it: \`aws-cn\`. */
  readonly id: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  /** Where what belongs to no region is signed for. */
  readonly globalRegion: string;
  readonly supportsFips: boolean;
  readonly supportsDualStack: boolean;
  readonly regions: readonly string[];
}

/** All partitions. */
export const PARTITIONS: readonly Partition[] = [
${rows.map(rowText).join("\n")}
];
`;
}

function readRows(data: unknown): readonly Partition[] {
  const { partitions } = object(data, "the data");
  if (!Array.isArray(partitions) || partitions.length === 0) throw new Error("Cannot read the SDK's partitions: none");
  return partitions.map((entry): Partition => {
    const partition = object(entry, "a partition");
    const id = text(partition.id, ID);
    const outputs = object(partition.outputs, id);
    const names = Object.keys(object(partition.regions, id)).filter((name) => !PSEUDO_REGION.test(name));
    return {
      id,
      dnsSuffix: text(outputs.dnsSuffix, SUFFIX),
      dualStackDnsSuffix: text(outputs.dualStackDnsSuffix, SUFFIX),
      globalRegion: text(outputs.implicitGlobalRegion, REGION),
      supportsFips: flag(outputs.supportsFIPS),
      supportsDualStack: flag(outputs.supportsDualStack),
      regions: names.map((name) => text(name, REGION)).sort(),
    };
  });
}

function rowText({ regions, ...facts }: Partition): string {
  const lines = Object.entries(facts).map(([key, value]) => `    ${key}: ${JSON.stringify(value)},`);
  return ["  {", ...lines, "    regions: [", ...regions.map((name) => `      "${name}",`), "    ],", "  },"].join("\n");
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`Cannot read the SDK's partitions: ${what} is not what it was; look at the new form`);
}

function text(value: unknown, form: RegExp): string {
  if (typeof value === "string" && form.test(value)) return value;
  throw new Error(`Cannot read the SDK's partitions: ${JSON.stringify(value)} is not of the form ${form}`);
}

function flag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new Error(`Cannot read the SDK's partitions: ${JSON.stringify(value)} is not a yes or no`);
}

/** Gets the package as npm gives it, in a folder that is gone afterwards, and takes the one file out. */
async function fetchSource(version: string): Promise<string> {
  const cwd = await Deno.makeTempDir({ prefix: "ram-auth-partitions-" });
  try {
    const file = (await output("npm", ["pack", "--silent", `${SOURCE.name}@${version}`], cwd)).trim();
    return await output("tar", ["-xzOf", file, `package/${SOURCE.path}`], cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

async function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], cwd }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}

/** The rows alone: the same data in another version of the SDK is the same table. */
function tableOf(module: string): string {
  return module.slice(module.indexOf("export const PARTITIONS"));
}

if (import.meta.main) {
  const [version = SOURCE.version, ...others] = Deno.args.filter((arg) => arg !== "--check");
  if (others.length > 0 || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error('Cannot refresh the partitions: the only arguments are "--check" and a version, such as 3.981.0');
  }
  const wanted = partitionsModule(await fetchSource(version), version);
  if (Deno.args.includes("--check")) {
    const isCurrent = tableOf(await Deno.readTextFile(TABLE)) === tableOf(wanted);
    const verdict = isCurrent ? "is current" : "is out of date: run scripts/refresh_partitions.ts";
    await Deno.stdout.write(new TextEncoder().encode(`lib/clouds/aws/partitions.ts ${verdict}\n`));
    if (!isCurrent) Deno.exit(1);
  } else await Deno.writeTextFile(TABLE, wanted);
}
