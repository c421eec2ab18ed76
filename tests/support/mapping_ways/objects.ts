/**
 * Mappings as the API server holds them, and those that an administrator made before somebody tries a way.
 *
 * @module
 */

import { create } from "../api_requests.ts";

/** Where the mappings are. */
export const RAM = "/apis/ramauthenticator.k8s.alibabacloud/v1alpha1/ramidentitymappings";
export const IAM = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";
export const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";
export const ACK = `${CONFIG_MAPS}/alibabacloud-auth`;
export const EKS = `${CONFIG_MAPS}/aws-auth`;

export const ACCOUNT = "1234567890123456";
export const ALICE = `acs:ram::${ACCOUNT}:user/alice`;
export const VIEWERS = `acs:ram::${ACCOUNT}:role/Viewers`;
export const DAVE = "arn:aws:iam::123456789012:user/dave";

export interface Spec {
  readonly arn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
}

/** A custom resource that maps alice of Alibaba Cloud, unless it says otherwise. */
export function ram(name: string, { arn = ALICE, username = "team-a:alice", groups }: Spec, metadata = {}): object {
  return {
    apiVersion: "ramauthenticator.k8s.alibabacloud/v1alpha1",
    kind: "RAMIdentityMapping",
    metadata: { name, ...metadata },
    spec: { arn, username, ...(groups && { groups }) },
  };
}

/** A custom resource that maps dave of AWS, unless it says otherwise. */
export function iam(name: string, { arn = DAVE, username = "team-a:dave", groups }: Spec): object {
  return {
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name },
    spec: { arn, username, ...(groups && { groups }) },
  };
}

/** A ConfigMap of mappings. */
export function configMap(name: string, rest: object, metadata = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "kube-system", ...metadata }, ...rest };
}

/** Groups that are bound to `cluster-admin`. */
export const ADMINS = ["ops:admins"];

/** The text of `mapUsers` that maps alice to a group. */
export function mapUsers(group: string): string {
  return `- userarn: ${ALICE}\n  username: team-a:alice\n  groups: ["${group}"]\n`;
}

/** So many groups of team "wide", and some more. */
export function many(count: number, ...more: readonly string[]): readonly string[] {
  return [...Array.from({ length: count }, (_, n) => `wide:${n}`), ...more];
}

/** Maps alice to what team "team-a" may give, by a resource. */
export const viewer = create(RAM, ram("alice", { groups: ["ram:viewers"] }));

/** The same by the ConfigMap. */
export const viewers = create(
  CONFIG_MAPS,
  configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ram:viewers") } }),
);

/** Makes every user administrator whom no other resource names. */
export const everybodyAdmin = create(RAM, ram("everybody", { arn: `acs:ram::${ACCOUNT}:user/*`, groups: ADMINS }));
