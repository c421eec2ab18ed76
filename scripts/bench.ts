/**
 * `deno task bench`: the hot paths, as ratios of things that are measured in turn on the same machine. It asserts
 * nothing: machines differ, and a busy one lies.
 *
 * @module
 */

import { realWorld } from "../lib/world.ts";
import { benchBinary } from "./bench/binary.ts";
import { benchListResources } from "./bench/list_resources.ts";
import { benchLookup } from "./bench/lookup.ts";
import { benchMappingChange } from "./bench/mapping_change.ts";
import { benchReview } from "./bench/review.ts";
import { benchStsCall } from "./bench/sts_call.ts";
import { benchTokenStart } from "./bench/token_start.ts";

const PARTS: Readonly<Record<string, { readonly measures: string; readonly run: () => string | Promise<string> }>> = {
  token: {
    measures: "a login of each cloud from source, against an empty program, and against aws-iam-authenticator\n" +
      "where RAM_AUTH_TEST_PEERS names its folder (median of 20 rounds)",
    run: benchTokenStart,
  },
  review: {
    measures: "a review against a server that only says hello (5 rounds of 1,000 requests, 16 in flight)",
    run: benchReview,
  },
  sts: {
    measures:
      "CPU time of a call to STS by the server's HTTPS client and by fetch (7 rounds of 4,000 calls, 1, 16 and\n" +
      "64 in flight)",
    run: benchStsCall,
  },
  lookup: {
    measures: "finding the rule of an identity among 10, 1,000 and 100,000, and reading 100,000 resources",
    run: benchLookup,
  },
  change: {
    measures: "how soon a changed mapping counts (50 changes of each source; those of an API server where\n" +
      "KUBEBUILDER_ASSETS names one)",
    run: benchMappingChange,
  },
  resources: {
    measures: "how long a server takes to start, and how much memory, with 100,000 custom resources in a real API\n" +
      "server (KUBEBUILDER_ASSETS), which takes minutes to fill",
    run: benchListResources,
  },
  binary: {
    measures:
      "size of a binary, a login with it against an empty one, the sources and aws-iam-authenticator, and the memory\n" +
      "of its server idle and after 10,000 reviews; needs DENORT_BIN or a download",
    run: benchBinary,
  },
};

const HELP = `Usage: deno task bench [PART]...

Measures, and asserts nothing. Without a part, all:

${
  Object.entries(PARTS).map(([name, { measures }]) =>
    `  ${name.padEnd(10)} ${measures.replaceAll("\n", "\n             ")}\n`
  )
    .join("")
}`;

const { stdout } = realWorld();
if (Deno.args.some((name) => !Object.hasOwn(PARTS, name))) {
  stdout.write(HELP);
  Deno.exitCode = Deno.args[0] === "--help" ? 0 : 2;
} else {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(PARTS);
  for (const name of names) stdout.write(await PARTS[name]!.run());
}
