/**
 * What `deno task bench` measures from outside, by the names of its arguments and of the markers in
 * `docs/benchmarks.md`.
 *
 * @module
 */

import type { Scenario } from "../outside/bench.ts";
import { attackers } from "./attackers.ts";
import { herd } from "./herd.ts";
import { latency } from "./latency.ts";
import { slowSts } from "./slow_sts.ts";
import { throughput } from "./throughput.ts";

/** The scenarios. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  throughput,
  latency,
  "slow-sts": slowSts,
  herd,
  attackers,
};
