/**
 * `deno task bench`: the hot paths, as ratios of things that are measured in turn on the same machine. It asserts
 * nothing: machines differ, and a busy one lies.
 *
 * @module
 */

import { realWorld } from "../lib/world.ts";
import { benchListResources } from "./bench/list_resources.ts";
import { benchLookup } from "./bench/lookup.ts";
import { benchMappingChange } from "./bench/mapping_change.ts";
import { benchReview } from "./bench/review.ts";
import { benchTokenStart } from "./bench/token_start.ts";

const HELP = `Usage: deno task bench [--help]

Prints what "ram-auth token" of each cloud costs against an empty program, and against aws-iam-authenticator where
RAM_AUTH_TEST_PEERS names its folder (median of 20 rounds), what one review costs against a server that only says
hello (5 rounds of 1,000 requests, 16 in flight), and what finding the rule of an identity costs among 10, 1,000 and
100,000 rules, with time and memory for reading 100,000 resources; how soon a changed mapping counts (50 changes of each
source; those of an API server where KUBEBUILDER_ASSETS names one); and how long a server takes to start, and how much
memory, with 100,000 custom resources in a real API server (KUBEBUILDER_ASSETS), which takes minutes to fill.
`;

const { stdout } = realWorld();
if (Deno.args.length > 0) {
  stdout.write(HELP);
  Deno.exitCode = Deno.args[0] === "--help" ? 0 : 2;
} else {
  stdout.write(await benchTokenStart());
  stdout.write(await benchReview());
  stdout.write(benchLookup());
  stdout.write(await benchMappingChange());
  stdout.write(await benchListResources());
}
