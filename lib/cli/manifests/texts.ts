/**
 * The files of `manifests/`, as they are in the program: what of them is printed under which name, and what of each can
 * be filled in. One table.
 *
 * @module
 */

import type { SettingOf } from "../../config/options.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import type { YamlPath } from "../../yaml/put.ts";
import type { YamlValue } from "../../yaml/write.ts";
import configExample from "../../../manifests/config.example.yaml" with { type: "text" };
import iamMappings from "../../../manifests/crds/iamidentitymappings.yaml" with { type: "text" };
import ramMappings from "../../../manifests/crds/ramidentitymappings.yaml" with { type: "text" };
import daemonSet from "../../../manifests/daemonset.yaml" with { type: "text" };
import dashboard from "../../../manifests/grafana-dashboard.json" with { type: "text" };
import mappingEditor from "../../../manifests/mapping-editor.yaml" with { type: "text" };
import mappingGuard from "../../../manifests/mapping-guard.yaml" with { type: "text" };
import alerts from "../../../manifests/prometheus-rules.yaml" with { type: "text" };
import unit from "../../../manifests/ram-auth.service" with { type: "text" };
import rbacExample from "../../../manifests/rbac.example.yaml" with { type: "text" };
import rbac from "../../../manifests/rbac.server.yaml" with { type: "text" };
import staticPod from "../../../manifests/static-pod.yaml" with { type: "text" };

/** What can be asked for. */
export type ManifestName = NonNullable<SettingOf<"manifest">>[number];

/** Options whose values go into a manifest. */
export type FillingOption = "image" | "cluster-id" | "state-dir" | "health-port" | "share-port" | "backend-mode";

/** Where in a text, which is then a single YAML document, the value of an option stands. */
export interface Hole {
  readonly path: YamlPath;
  /** What is put there; nothing where that is `undefined`. Default: the value. */
  readonly written?: (value: FillingValue) => YamlValue | undefined;
}

/** The value of such an option. */
export type FillingValue = string | number | boolean | readonly string[];

/** What is printed under one name. */
export interface Manifest {
  /** A few words for the list. */
  readonly what: string;
  readonly texts: readonly string[];
  /** Whether kubectl applies it; what it does not is printed alone. */
  readonly isApplied: boolean;
  readonly holes?: Readonly<Partial<Record<FillingOption, readonly Hole[]>>>;
}

/** Where a pod's image and the folder of its state on the node stand. */
function holesOfPod(spec: YamlPath): NonNullable<Manifest["holes"]> {
  return {
    "image": [{ path: [...spec, "containers", 0, "image"] }],
    "state-dir": [{ path: [...spec, "volumes", 1, "hostPath", "path"] }],
  };
}

/** Where the DaemonSet says how a new pod follows an old one: beside it, where they share the port. */
function holesOfUpgrade(): NonNullable<Manifest["holes"]> {
  const container = ["spec", "template", "spec", "containers", 0];
  const update = ["spec", "updateStrategy", "rollingUpdate"];
  return {
    "health-port": [
      { path: [...container, "args", 4], written: (port) => `--health-port=${port}` },
      ...["startupProbe", "livenessProbe", "readinessProbe"].map((probe) => ({
        path: [...container, probe, "httpGet", "port"],
      })),
    ],
    "share-port": [
      { path: [...container, "args", 6], written: (isShared) => isShared ? "--share-port" : undefined },
      { path: [...update, "maxUnavailable"], written: (isShared) => isShared ? 0 : 1 },
      { path: [...update, "maxSurge"], written: (isShared) => isShared ? 1 : 0 },
    ],
  };
}

/** Mapping sources that need no API server. */
const FILES: readonly string[] = ["MountedFile", "DynamicFile"] satisfies readonly BackendMode[];

/** Where the DaemonSet names the mapping sources, and gives the pod the token to read those in the API server. */
function holesOfSources(): NonNullable<Manifest["holes"]> {
  const spec = ["spec", "template", "spec"];
  const asList = (modes: FillingValue) => [modes].flat().map(String);
  return {
    "backend-mode": [
      {
        path: [...spec, "containers", 0, "env", 3],
        written: (modes) => ({ name: "RAM_AUTH_BACKEND_MODE", value: asList(modes).join(",") }),
      },
      {
        path: [...spec, "automountServiceAccountToken"],
        written: (modes) => asList(modes).some((mode) => !FILES.includes(mode)),
      },
    ],
  };
}

/** All but `all`, in the order of the list. */
export const MANIFESTS: Readonly<Record<Exclude<ManifestName, "all">, Manifest>> = {
  crds: {
    what: "custom resources that mappings can be written as",
    texts: [ramMappings, iamMappings],
    isApplied: true,
  },
  rbac: {
    what: "service account of the server, and its rights where it reads mappings from the cluster",
    texts: [rbac],
    isApplied: true,
  },
  "mapping-guard": {
    what: "admission policy: nobody maps to names that they may not impersonate (Kubernetes 1.30)",
    texts: [mappingGuard],
    isApplied: true,
  },
  daemonset: {
    what: "the server on each control plane node",
    texts: [daemonSet],
    isApplied: true,
    holes: { ...holesOfPod(["spec", "template", "spec"]), ...holesOfUpgrade(), ...holesOfSources() },
  },
  "static-pod": {
    what: "the server on one control plane node, for the kubelet's folder of manifests",
    texts: [staticPod],
    isApplied: false,
    holes: holesOfPod(["spec"]),
  },
  "systemd-unit": {
    what: 'the server under systemd, as "init --install" installs it',
    texts: [unit],
    isApplied: false,
  },
  "config-example": {
    what: "a config file of the server to start from",
    texts: [configExample],
    isApplied: false,
    holes: { "cluster-id": [{ path: ["clusterID"] }] },
  },
  "rbac-example": {
    what: "bindings of the groups in config-example: makes ram:admins cluster administrators",
    texts: [rbacExample],
    isApplied: true,
  },
  "mapping-editor-example": {
    what: "rights of somebody who may map people to the names of one team",
    texts: [mappingEditor],
    isApplied: true,
  },
  alerts: { what: 'alerts, for "rule_files" of Prometheus', texts: [alerts], isApplied: false },
  dashboard: { what: "dashboard for Grafana", texts: [dashboard], isApplied: false },
};

/** What `all` stands for: a server in the cluster. No example, and no second way to run it. */
export const ALL = ["crds", "rbac", "mapping-guard", "daemonset"] as const satisfies readonly ManifestName[];
