/**
 * What `deno task bench` measures from outside, by the names of its arguments and of the markers in
 * `docs/benchmarks.md`.
 *
 * @module
 */

import type { Scenario } from "../outside/bench.ts";
import { attackers } from "./attackers.ts";
import { boot } from "./boot.ts";
import { deny } from "./deny.ts";
import { events } from "./events.ts";
import { herd } from "./herd.ts";
import { kills } from "./kills.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { processes } from "./processes.ts";
import { rotations } from "./rotations.ts";
import { sigterm } from "./sigterm.ts";
import { slowSts } from "./slow_sts.ts";
import { start } from "./start.ts";
import { stsFaults } from "./sts_faults.ts";
import { throughput } from "./throughput.ts";

/** The scenarios. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  throughput,
  latency,
  "slow-sts": slowSts,
  herd,
  attackers,
  "sts-faults": stsFaults,
  events,
  boot,
  start,
  memory,
  processes,
  sigterm,
  kills,
  rotations,
  deny,
};
