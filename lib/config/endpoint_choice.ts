/**
 * What the settings say about STS endpoints.
 *
 * @module
 */

import type { EndpointChoice } from "../clouds/cloud.ts";
import type { SettingValues } from "./setting_values.ts";

/** The choice of a server, or of whoever judges a token as a server would. */
export function endpointChoice(settings: SettingValues): EndpointChoice {
  return {
    stsEndpoint: settings.get("sts-endpoint"),
    region: settings.get("region"),
    network: settings.get("sts-network"),
    partition: settings.get("partition"),
    stsHosts: settings.get("sts-hosts") ?? [],
    stsHostsOnly: settings.get("sts-hosts-only"),
  };
}
