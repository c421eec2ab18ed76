/**
 * `Cluster` of kops, whose `identityMappings` it makes custom resources of.
 *
 * Schema: kubernetes/kops, pkg/apis/kops/v1alpha2/cluster.go (`AWSAuthenticationSpec`).
 *
 * @module
 */

import { type ForeignForm, itemsAlong, settingNotice } from "./form.ts";
import { IDENTITY_KEYS, readIdentityList } from "./identity_entry.ts";

const AWS = ["spec", "authentication", "aws"];

/** The form. */
export const KOPS: ForeignForm = {
  tool: "kops",
  group: "kops.k8s.io",
  kind: "Cluster",
  source: "CRD",
  makes: "makes IAMIdentityMappings of its mappings",
  read(manifest, { clouds }) {
    const { items, problems } = itemsAlong(manifest, [...AWS, "identityMappings"]);
    const read = readIdentityList(items, { list: "identityMappings", keys: IDENTITY_KEYS, clouds });
    return {
      ...read,
      problems: [
        ...problems,
        ...read.problems,
        ...settingNotice(manifest, [...AWS, "backendMode"], (modes) => {
          const source = modes.split(/,\s*/).includes("CRD") ? "" : ", with CRD among them for these mappings";
          return `list the server's sources as server.backendMode in its config file${source}`;
        }),
        ...settingNotice(
          manifest,
          [...AWS, "clusterID"],
          (id) => `write "clusterID: ${id}" in the server's config file`,
        ),
      ],
    };
  },
};
