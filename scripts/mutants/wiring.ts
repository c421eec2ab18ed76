/**
 * Options that are read and reach nothing: each is cut off on its way from the settings to what it is for.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const PEOPLE = ["tests/e2e/wiring/people_test.ts"];
const NODE = ["tests/e2e/wiring/node_test.ts"];
const SOURCES = ["tests/e2e/wiring/sources_test.ts"];
const STS = ["tests/e2e/wiring/sts_test.ts"];
const NETWORK = ["tests/e2e/wiring/network_test.ts"];
const INSTANCES = ["tests/e2e/wiring/instances_test.ts"];

/** Those between `lib/config/` and `lib/server/`. */
export const WIRING_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/cli/serve/config_reader.ts", PEOPLE, [
    [
      "reservedPrefixConfig is cut off",
      `parseReservedPrefixes(settings.get("reserved-prefix-config"), clouds)`,
      `parseReservedPrefixes(undefined, clouds)`,
    ],
    ["scrubbedAccounts is cut off", `settings.get("scrubbed-accounts") ?? []`, `[]`],
    ["metricsCompat is cut off", `settings.get("metrics-compat") ?? []`, `[]`],
  ]),
  ...mutantsOf("lib/cli/serve/server.ts", PEOPLE, [
    ["audit.path is cut off", `path: settings.get("audit-path"), log`, `path: undefined, log`],
  ]),
  ...mutantsOf("lib/server/server.ts", PEOPLE, [
    [
      "scrubbedAccounts is what it was at the start",
      `createScrubber(() => changing.current.scrubbedAccounts)`,
      `createScrubber(((ids) => () => ids)(changing.current.scrubbedAccounts))`,
    ],
  ]),
  ...mutantsOf("lib/cli/serve/source_starters.ts", SOURCES, [
    ["dynamicfileUserIDStrict is cut off", `settings.get("dynamic-file-user-id-strict")`, `false`],
    ["the mode file is cut off", `settings.get("dynamic-backend-mode")`, `undefined`],
    ["kubeconfig is cut off", `kubeconfig: settings.get("kubeconfig")`, `kubeconfig: undefined`],
    ["master is cut off", `master: settings.get("master")`, `master: undefined`],
    ["backendMode is cut off", `modes: settings.get("backend-mode"),`, `modes: ["MountedFile"],`],
  ]),
  ...mutantsOf("lib/config/endpoint_choice.ts", NETWORK, [
    ["partition is cut off", `partition: settings.get("partition")`, `partition: "aws"`],
    ["region is cut off", `region: settings.get("region")`, `region: undefined`],
    ["sts.network is cut off", `settings.get("sts-network")`, `"public"`],
    ["stsHostsOnly is cut off", `settings.get("sts-hosts-only")`, `false`],
  ]),
  ...mutantsOf("lib/cli/serve/config_reader.ts", STS, [
    ["sts.rate is cut off", `server: settings.get("sts-rate")`, `server: 1_000`],
    ["sts.keyRate is cut off", `key: settings.get("sts-key-rate")`, `key: 10_000`],
    ["cache.ttl is cut off", `settings.get("cache-ttl") * 1_000`, `60_000`],
  ]),
  ...mutantsOf("lib/server/server.ts", STS, [
    ["hosts of STS wait for a restart", `clouds.splice(0, clouds.length, ...others ?? clouds);`, ``],
    [
      "the limits are what they were at the start",
      `rates: () => changing.current.stsRates,`,
      `rates: ((all) => () => all)(changing.current.stsRates),`,
    ],
  ]),
  ...mutantsOf("lib/cli/serve/server.ts", INSTANCES, [
    ["ec2DescribeInstancesRoleARN is cut off", `settings.get("ec2-describeInstances-role")`, `undefined`],
    ["sourceARN is cut off", `settings.get("source-arn")`, `undefined`],
    [
      "the limits of EC2 calls are cut off",
      `rate: () => config.live.current.instanceRate`,
      `rate: () => ({ perSecond: 15, burst: 5 })`,
    ],
  ]),
  ...mutantsOf("lib/cli/serve/server.ts", NODE, [
    ["bind is cut off", `settings.get("bind") ?? address`, `address`],
    ["sharePort is cut off", `settings.get("share-port")`, `false`],
    ["hostname is cut off", `settings.get("hostname")`, `"localhost"`],
    ["kubeconfigPregenerated is cut off", `settings.get("kubeconfig-pregenerated")`, `false`],
  ]),
];
