/**
 * `AWSManagedControlPlane` of Cluster API Provider AWS, whose `iamAuthenticatorConfig` it writes to the ConfigMap aws-auth;
 * and its template.
 *
 * Schema: kubernetes-sigs/cluster-api-provider-aws, controlplane/eks/api/v1beta2/types.go (`IAMAuthenticatorConfig`).
 *
 * @module
 */

import { type ForeignForm, notice, settingNotice, valueAlong } from "./form.ts";
import { readSections } from "./sections.ts";

/** `ReconcileIAMAuthenticator` of its pkg/cloud/services/iamauth. */
const NODES = "Cluster API maps the roles of nodes as well, and convert does not; add rules for them";

/** The forms. */
export const CLUSTER_API: readonly ForeignForm[] = [
  formOf("AWSManagedControlPlane", ["spec"]),
  formOf("AWSManagedControlPlaneTemplate", ["spec", "template", "spec"]),
];

function formOf(kind: string, spec: readonly string[]): ForeignForm {
  const keys = [...spec, "iamAuthenticatorConfig"];
  return {
    tool: "Cluster API",
    group: "controlplane.cluster.x-k8s.io",
    kind,
    source: "EKSConfigMap",
    makes: "writes its mappings to the ConfigMap kube-system/aws-auth",
    read(manifest, options) {
      const read = readSections(manifest, keys, options);
      const nodes = valueAlong(manifest, keys) === undefined ? [] : [notice(manifest, NODES)];
      const partition = settingNotice(
        manifest,
        [...spec, "partition"],
        (value) => `write "partition: ${value}" under "server" in the config file`,
      );
      return { ...read, problems: [...read.problems, ...nodes, ...partition] };
    },
  };
}
