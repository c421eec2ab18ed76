/**
 * An API server of a few lines, for what a real one does only when it is in trouble: one ConfigMap of mappings and one
 * kind of custom resources, listed and watched in clear text on loopback.
 *
 * @module
 */

/** One that serves; `await using` stops it. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  /** Puts text under `mapRoles` of `kube-system/aws-auth`, and tells the watches. */
  putConfigMap(mapRoles: string): void;
  /** From now on every request for custom resources is answered with this status; `undefined` ends it. */
  answerResourcesWith(status: number | undefined): void;
  /** Ends every watch, so that the next list comes at once. */
  cutWatches(): void;
}

const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";
const RESOURCES = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";

/** Starts it with custom resources of these specs, on any free port unless one is named. */
export function startApiServer(specs: readonly unknown[] = [], port = 0): ApiServer {
  let version = 1;
  let mapRoles = "[]";
  let resourceStatus: number | undefined;
  const watches = new Set<
    { readonly path: string; readonly controller: ReadableStreamDefaultController<Uint8Array> }
  >();
  const metadata = (name: string) => ({ name, namespace: "kube-system", resourceVersion: String(version), uid: name });
  const configMap = () => ({ apiVersion: "v1", kind: "ConfigMap", metadata: metadata("aws-auth"), data: { mapRoles } });
  const resources = specs.map((spec, i) => ({
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name: `mapping-${i}`, resourceVersion: "1", uid: `mapping-${i}`, generation: 1 },
    spec,
  }));
  const bytesOf = (event: unknown) => new TextEncoder().encode(`${JSON.stringify(event)}\n`);

  const watch = (path: string) => {
    let own: { readonly path: string; readonly controller: ReadableStreamDefaultController<Uint8Array> };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void watches.add(own = { path, controller }),
      cancel: () => void watches.delete(own),
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  };

  const serving = { hostname: "127.0.0.1", port, onListen: () => {} };
  const ending = new AbortController();
  const server = Deno.serve({ ...serving, signal: ending.signal }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    await request.body?.cancel();
    const isResources = pathname.startsWith(RESOURCES);
    if (isResources && resourceStatus !== undefined) return statusOf(resourceStatus);
    if (request.method === "PATCH" && isResources) return Response.json(resources[0]);
    if (pathname !== CONFIG_MAPS && pathname !== RESOURCES) return statusOf(404);
    if (searchParams.get("watch") === "true") return watch(pathname);
    const items = isResources ? resources : [configMap()];
    const kind = isResources ? "IAMIdentityMappingList" : "ConfigMapList";
    return Response.json({ apiVersion: "v1", kind, metadata: { resourceVersion: String(version) }, items });
  });

  const cutWatches = () => {
    for (const { controller } of watches) controller.close();
    watches.clear();
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    putConfigMap(text) {
      version += 1;
      mapRoles = text;
      const event = bytesOf({ type: "MODIFIED", object: configMap() });
      for (const { path, controller } of watches) if (path === CONFIG_MAPS) controller.enqueue(event);
    },
    answerResourcesWith: (status) => void (resourceStatus = status),
    cutWatches,
    async [Symbol.asyncDispose]() {
      cutWatches();
      ending.abort();
      await server.finished;
    },
  };
}

function statusOf(code: number): Response {
  const body = { apiVersion: "v1", kind: "Status", status: "Failure", code, message: "made up by the bench" };
  return Response.json(body, { status: code });
}
