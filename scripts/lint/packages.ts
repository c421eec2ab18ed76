/**
 * `house/packages`: a package is imported only where it is worth its start-up time and its trust, and its version
 * stands only in `deno.json`.
 *
 * @module
 */

import { importVisitor, isShipped, projectPath } from "./imports.ts";

/**
 * Where the shipped code may import a package: paths, or folders that end in `/`. Everything else is refused there.
 *
 * `node:crypto` hashes in the server's hot path, reads the private keys that the other tools wrote (WebCrypto takes
 * PKCS #8 alone), compares secrets in constant time, and gives the emulator primitives that its suspects do not use. `node:fs` changes owner and mode of
 * open files. `node:dns` asks the system's resolver apart from a connection. `node:process` tells the CPU time. `node:tls`
 * chooses whom it trusts: the server asks itself, `apiserver` asks the node's kube-apiserver, and `doctor` looks, whoever
 * issued the certificate, the delegate by the CAs of its kubeconfig alone, and a client that fails names the issuer;
 * `node:net` leads that through a proxy, and asks where there is no TLS.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@alicloud/openapi-util": [],
  "@aws-sdk/client-ec2": ["lib/clouds/aws/instances.ts"],
  "@aws-sdk/client-eks": ["lib/clouds/aws/eks.ts"],
  "@cyclonedx/cyclonedx-library": [],
  "@kubernetes/client-node": ["lib/kube/", "lib/cli/"],
  "@peculiar/x509": ["lib/certificate.ts", "lib/state/"],
  "diff": ["lib/cli/unified_diff.ts"],
  "ajv": [],
  "ajv-formats": [],
  "ajv-formats-draft2019": [],
  "esbuild": [],
  "leven": ["lib/nearest.ts"],
  "node:dns": ["lib/review/https/resolve.ts"],
  "node:fs": ["lib/descriptor.ts"],
  "node:process": ["lib/telemetry/process_metrics.ts"],
  "node:net": ["lib/clouds/certificate_issuer.ts", "lib/server/unverified.ts"],
  "node:tls": [
    "lib/cli/doctor/certificate_checks.ts",
    "lib/clouds/certificate_issuer.ts",
    "lib/server/delegation/",
    "lib/server/unverified.ts",
  ],
  "node:crypto": [
    "lib/clouds/alibaba/oauth/sign_in.ts",
    "lib/config/config_hash.ts",
    "lib/emulator/",
    "lib/review/",
    "lib/server/",
    "lib/state/webhook_token.ts",
    "lib/tls_pair.ts",
  ],
  "prom-client": ["lib/telemetry/"],
  "reflect-metadata": ["lib/certificate.ts", "lib/state/"],
  "yaml": ["lib/yaml/", "lib/cli/redact.ts", "lib/config/", "lib/state/"],
};

/** The rule. */
export const packages: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    return importVisitor((node, specifier) => {
      const problem = specifier === undefined ? undefined : whyNot(path, specifier);
      if (problem !== undefined) context.report({ node, message: `${path} imports "${specifier}", but ${problem}` });
    });
  },
};

function whyNot(path: string, specifier: string): string | undefined {
  if (/^\.\.?\//.test(specifier)) return undefined;
  if (/^(npm|jsr|https?|data|file):/.test(specifier)) {
    return "modules from elsewhere are named and pinned in deno.json alone";
  }
  if (!isShipped(path)) return undefined;
  const places = PACKAGES[packageName(specifier)];
  if (places === undefined) return "the table of packages does not know it; the shipped code has no other packages";
  if (places.some((place) => place.endsWith("/") ? path.startsWith(place) : path === place)) return undefined;
  return places.length === 0 ? "it is for tests" : `it belongs to ${places.join(", ")}`;
}

/** `yaml/util` belongs to `yaml`, `@scope/name/sub` to `@scope/name`. */
function packageName(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
