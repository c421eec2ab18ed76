import assert from "node:assert/strict";
import { PARTITIONS } from "../../../lib/clouds/aws/partitions.ts";
import { partitionsModule, TABLE } from "../../../scripts/refresh_partitions.ts";

const OUTPUTS = {
  dnsSuffix: "amazonaws.com",
  dualStackDnsSuffix: "api.aws",
  implicitGlobalRegion: "us-east-1",
  name: "aws",
  supportsDualStack: true,
  supportsFIPS: true,
};
const SAMPLE = {
  id: "aws",
  outputs: OUTPUTS,
  regionRegex: "^(us|eu)\\-\\w+\\-\\d+$",
  regions: { "us-west-2": { description: "US West (Oregon)" }, "us-east-1": {}, "aws-global": {} },
};

/** The text of the SDK's file. */
function sdkText(...partitions: readonly unknown[]): string {
  return `export const partitionsInfo = ${JSON.stringify({ partitions, version: "1.1" }, null, 4)};\n`;
}

Deno.test("partitionsModule() writes regions in order, and no name that stands for none", () => {
  const module = partitionsModule(sdkText(SAMPLE), "1.2.3");
  assert(module.includes("version 1.2.3."));
  assert(module.endsWith(`export const PARTITIONS: readonly Partition[] = [
  {
    id: "aws",
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
    globalRegion: "us-east-1",
    supportsFips: true,
    supportsDualStack: true,
    regions: [
      "us-east-1",
      "us-west-2",
    ],
  },
];
`));
});

Deno.test("the table in the tree is what the script writes for its data", async () => {
  const found = await Deno.readTextFile(TABLE);
  const version = /version (\d+\.\d+\.\d+)\./.exec(found)?.[1];
  assert(version !== undefined);
  const source = sdkText(...PARTITIONS.map((partition) => ({
    id: partition.id,
    outputs: {
      dnsSuffix: partition.dnsSuffix,
      dualStackDnsSuffix: partition.dualStackDnsSuffix,
      implicitGlobalRegion: partition.globalRegion,
      supportsDualStack: partition.supportsDualStack,
      supportsFIPS: partition.supportsFips,
    },
    regions: Object.fromEntries(partition.regions.map((region) => [region, {}])),
  })));
  assert.equal(partitionsModule(source, version), found);
});

Deno.test("every partition is there, and no region is in two", () => {
  const ids = ["aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"];
  assert.deepEqual(PARTITIONS.map(({ id }) => id).sort(), ids);
  const regions = PARTITIONS.flatMap((partition) => partition.regions);
  assert.equal(new Set(regions).size, regions.length);
  for (const { id, globalRegion, regions } of PARTITIONS) assert(regions.includes(globalRegion), id);
});

for (
  const [why, text] of [
    ["nothing", ""],
    ["code beside the data", `${sdkText(SAMPLE)}globalThis.x = 1;\n`],
    ["code in the data", sdkText(SAMPLE).replace('"1.1"', "1 + 1")],
    ["no partitions", sdkText()],
    ["a partition that is text", sdkText("aws")],
    ["a partition of another vendor", sdkText({ ...SAMPLE, id: "other" })],
    ["a partition without regions", sdkText({ ...SAMPLE, regions: undefined })],
    ["a region that leads elsewhere", sdkText({ ...SAMPLE, regions: { "x.example.com/": {} } })],
    ["a region with a quote", sdkText({ ...SAMPLE, regions: { 'us-east-1"': {} } })],
    ["a suffix with a path", sdkText({ ...SAMPLE, outputs: { ...OUTPUTS, dnsSuffix: "amazonaws.com/x" } })],
    ["a suffix of one label", sdkText({ ...SAMPLE, outputs: { ...OUTPUTS, dualStackDnsSuffix: "aws" } })],
    ["no global region", sdkText({ ...SAMPLE, outputs: { ...OUTPUTS, implicitGlobalRegion: "" } })],
    ["a flag that is text", sdkText({ ...SAMPLE, outputs: { ...OUTPUTS, supportsFIPS: "true" } })],
  ] as const
) {
  Deno.test(`partitionsModule() refuses ${why}`, () => {
    assert.throws(() => partitionsModule(text, "1.2.3"), /Cannot read the SDK's partitions|not valid JSON|in JSON/);
  });
}
