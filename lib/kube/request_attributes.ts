/**
 * What a request means to the authorizer of kube-apiserver: verb, resource and namespace, read from method and path as
 * the API server reads them. Pure.
 *
 * @module
 */

/** What RBAC decides on. */
export interface RequestAttributes {
  /** As a Role names it: `list`, `watch`, `patch` … */
  readonly verb: string;
  /** As a Role names it, the subresource after a slash: `configmaps`, `ramidentitymappings/status`. */
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Verbs of requests that name an object. */
const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** The attributes of a request; `undefined` where the path is none of a resource. */
export function requestAttributes(method: string, path: string): RequestAttributes | undefined {
  const [pathname = "", query = ""] = path.split("?");
  const match = /^\/(?:api|apis\/([^/]+))\/[^/]+\/(.+)$/.exec(pathname);
  if (match === null) return undefined;
  const parts = match[2]!.split("/").map(decodeURIComponent);
  const namespace = parts[0] === "namespaces" && parts.length > 2 ? parts[1] : undefined;
  const [resource = "", name, subresource] = namespace === undefined ? parts : parts.slice(2);
  const params = new URLSearchParams(query);
  return {
    verb: verbOf(method, { isNamed: name !== undefined, isWatch: params.get("watch") === "true" }),
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    group: match[1] ?? "",
    namespace,
    name,
  };
}

function verbOf(method: string, { isNamed, isWatch }: { isNamed: boolean; isWatch: boolean }): string {
  const verb = VERBS[method] ?? method.toLowerCase();
  if (isNamed) return verb;
  if (verb === "get") return isWatch ? "watch" : "list";
  return verb === "delete" ? "deletecollection" : verb;
}

/** In words: `list configmaps in namespace "kube-system"`; the request itself where it is none of a resource. */
export function describeRequest(method: string, path: string): string {
  const attributes = requestAttributes(method, path);
  if (attributes === undefined) return `${method} ${path.split("?")[0]}`;
  const { verb, resource, group, namespace, name } = attributes;
  return `${verb} ${resource}${group && `.${group}`}${name === undefined ? "" : ` "${name}"`}` +
    (namespace === undefined ? "" : ` in namespace "${namespace}"`);
}

/** What a Role must grant for a request to be allowed. */
export function describeMissingGrant(method: string, path: string): string {
  const attributes = requestAttributes(method, path);
  if (attributes === undefined) return `grant the verb "${method.toLowerCase()}" on the URL "${path.split("?")[0]}"`;
  const { verb, resource, group, namespace } = attributes;
  return `grant the verb "${verb}" on "${resource}" of API group "${group}"` +
    (namespace === undefined ? " in a ClusterRole" : ` in a Role of namespace "${namespace}"`);
}
