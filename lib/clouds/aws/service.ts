/**
 * Where a login's requests to AWS go, and whom they trust there: one place for region, endpoint and CA bundle, whichever
 * credential source asks.
 *
 * Source: "Service-specific endpoints" and "AWS_CA_BUNDLE" of the AWS SDKs and Tools reference guide.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { quoted } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { StsWanted } from "../signer.ts";
import { profileSetting, readProfile } from "./credentials/profile.ts";
import { PARTITIONS } from "./partitions.ts";
import { chooseStsHost, partitionOf } from "./sts_host.ts";

/** What names a CA bundle, in the words of an error. */
export const TRUST_OPTION = "--sts-ca-file or AWS_CA_BUNDLE";

/** How an endpoint that somebody configured is written. */
const EXAMPLE = "https://vpce-0example.sts.eu-west-1.vpce.amazonaws.com";

/** A service, as one call finds it. */
export interface ServiceHost {
  /** Ends in `/`. */
  readonly url: string;
  /** With a port where it is not the usual one. */
  readonly host: string;
  /** The region of the credential scope. */
  readonly region: string;
  /** PEM file with a CA bundle, in addition to the public CAs. */
  readonly caFile: string | undefined;
}

/** A service by its names in variables and in `services` sections, and by the first labels of its host. */
const SERVICES = {
  sts: { variable: "STS", section: "sts" },
  sso: { variable: "SSO", section: "sso", labels: "portal.sso" },
  oidc: { variable: "SSO_OIDC", section: "sso_oidc", labels: "oidc" },
} as const;

/**
 * The STS that a role is assumed at: of the endpoint asked for or configured, else of the region, else of the role's
 * partition.
 *
 * @throws {UsageError} if no such host can be called
 */
export async function stsService(world: World, sts: StsWanted, roleArn: string): Promise<ServiceHost> {
  const caFile = await caBundle(world, sts);
  const { host, region } = await chooseStsHost(world, sts, regionOfArn(roleArn));
  const configured = sts.endpoint === undefined ? await configuredEndpoint(world, sts, "sts") : undefined;
  if (configured === undefined) return { url: `https://${host}/`, host, region, caFile };
  return { url: configured.href, host: configured.host, region, caFile };
}

/** A service of IAM Identity Center in the region that the profile names. */
export async function ssoService(
  world: World,
  sts: StsWanted,
  { service, region }: { readonly service: "sso" | "oidc"; readonly region: string },
): Promise<ServiceHost> {
  const caFile = await caBundle(world, sts);
  const configured = await configuredEndpoint(world, sts, service);
  if (configured !== undefined) return { url: configured.href, host: configured.host, region, caFile };
  const partition = partitionOf(region);
  if (partition === undefined) throw new UsageError(`Cannot use "sso_region" ${quoted(region)}: unknown region`);
  const host = `${SERVICES[service].labels}.${region}.${partition.dnsSuffix}`;
  return { url: `https://${host}/`, host, region, caFile };
}

/** The CA bundle that the user names, in the option, in `AWS_CA_BUNDLE`, or in the profile as `ca_bundle`. */
export async function caBundle(
  world: World,
  { caFile, profile }: Pick<StsWanted, "caFile" | "profile">,
): Promise<string | undefined> {
  return caFile ?? (world.env("AWS_CA_BUNDLE") || await profileSetting(world, profile, "ca_bundle"));
}

/** Where a role's partition has its STS, outside the usual partition, whose STS knows nothing of others. */
export function regionOfArn(arn: string): string | undefined {
  const partition = PARTITIONS.find(({ id }) => id === arn.split(":")[1]);
  return partition === undefined || partition.id === "aws" ? undefined : partition.globalRegion;
}

/** An endpoint in the variables or in the profile, in the order of the AWS CLI. */
async function configuredEndpoint(
  world: World,
  { profile: wanted }: StsWanted,
  service: keyof typeof SERVICES,
): Promise<URL | undefined> {
  if (/^true$/i.test(world.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? "")) return undefined;
  const { variable, section } = SERVICES[service];
  const variables = [`AWS_ENDPOINT_URL_${variable}`, "AWS_ENDPOINT_URL"];
  const name = variables.find((name) => world.env(name));
  if (name !== undefined) return readEndpoint(name, world.env(name)!);
  const chosen = await readProfile(world, wanted);
  if ("missing" in chosen) return undefined;
  const { shared, profile: { settings } } = chosen;
  const nested = shared.services.get(settings.get("services") ?? "")?.get(section);
  const ofService = /^\s*endpoint_url\s*=\s*(\S+)\s*$/m.exec(nested ?? "")?.[1];
  if (ofService !== undefined) return readEndpoint(`endpoint_url of "${section}"`, ofService);
  const ofAll = settings.get("endpoint_url");
  return ofAll ? readEndpoint("endpoint_url", ofAll) : undefined;
}

/** Keys are sent back from there, so it is HTTPS but on this machine. */
function readEndpoint(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  if (url !== undefined && isSafe && url.pathname === "/" && url.search === "" && url.username === "") return url;
  throw new UsageError(`Cannot use ${name} ${quoted(text)}: write an HTTPS URL without a path, such as "${EXAMPLE}"`);
}
