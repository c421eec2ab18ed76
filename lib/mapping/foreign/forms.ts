/**
 * All forms of other tools.
 *
 * @module
 */

import { textAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { CLUSTER_API } from "./cluster_api.ts";
import { EKS_ANYWHERE } from "./eks_anywhere.ts";
import { EKSCTL } from "./eksctl.ts";
import type { ForeignForm } from "./form.ts";
import { KOPS } from "./kops.ts";

/** Every form that is read. */
export const FOREIGN_FORMS: readonly ForeignForm[] = [EKSCTL, EKS_ANYWHERE, ...CLUSTER_API, KOPS];

/** The form of a manifest, by its kind and the group of its `apiVersion`. */
export function foreignFormOf(manifest: YamlNode): ForeignForm | undefined {
  const [kind, apiVersion] = [textAt(manifest, "kind"), textAt(manifest, "apiVersion")];
  return FOREIGN_FORMS.find((form) => form.kind === kind && apiVersion?.split("/")[0] === form.group);
}
