/**
 * `AWSIamConfig` of EKS Anywhere, whose `mapRoles` and `mapUsers` it writes to the ConfigMap aws-auth.
 *
 * Schema: aws/eks-anywhere, pkg/api/v1alpha1/awsiamconfig_types.go.
 *
 * @module
 */

import { type ForeignForm, settingNotice } from "./form.ts";
import { readSections } from "./sections.ts";

/** The form. */
export const EKS_ANYWHERE: ForeignForm = {
  tool: "EKS Anywhere",
  group: "anywhere.eks.amazonaws.com",
  kind: "AWSIamConfig",
  source: "EKSConfigMap",
  makes: "writes its mappings to the ConfigMap kube-system/aws-auth",
  read(manifest, options) {
    const read = readSections(manifest, ["spec"], options);
    const setting = (key: string, option: string) =>
      settingNotice(
        manifest,
        ["spec", key],
        (value) => `write "${option}: ${value}" under "server" in the config file`,
      );
    return {
      ...read,
      problems: [
        ...read.problems,
        ...settingNotice(
          manifest,
          ["spec", "backendMode"],
          (modes) =>
            `write "backendMode: [${modes}]" under "server" in the config file, with the source of these mappings`,
        ),
        ...setting("partition", "partition"),
        ...setting("awsRegion", "region"),
      ],
    };
  },
};
