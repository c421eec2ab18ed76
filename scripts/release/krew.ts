/**
 * The manifest by which krew, the package manager of kubectl, installs a release as `kubectl ram-auth`.
 *
 * Source: krew's plugin manifest, `krew.googlecontainertools.github.com/v1alpha2`.
 *
 * @module
 */

import { stringify } from "yaml";
import { type Archive, PLATFORMS } from "./artefacts.ts";
import { homepageOf, type Publication, SUMMARY } from "./publication.ts";

/** The text of `ram-auth.yaml`. */
export function krewManifest(archives: readonly Archive[], { version, baseUrl }: Publication): string {
  return stringify({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "ram-auth" },
    spec: {
      version: `v${version}`,
      homepage: homepageOf(baseUrl),
      shortDescription: SUMMARY,
      description:
        "Logs in to Kubernetes with an identity of Alibaba Cloud RAM or AWS IAM, and serves the webhook that\n" +
        "kube-apiserver asks who that is.\n",
      platforms: archives.map(({ name, sha256, target }) => {
        const { os, arch } = PLATFORMS[target];
        return {
          selector: { matchLabels: { os, arch } },
          uri: `${baseUrl}/${name}`,
          sha256,
          bin: os === "windows" ? "ram-auth.exe" : "ram-auth",
        };
      }),
    },
  }, { lineWidth: 0 });
}
