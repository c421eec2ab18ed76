/**
 * An API server for tests that knows ConfigMaps, who may be impersonated, and nothing else; and what was asked of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { KubeConnection } from "../../../lib/kube/connection.ts";

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** What a ConfigMap holds. */
export type Data = Readonly<Record<string, string>>;

/** The API server. */
export class Store {
  readonly requests: string[] = [];
  readonly data: Map<string, Data>;
  closed = 0;
  #version = 1;
  /** Writes as somebody else, just before the next write of ours arrives. */
  meanwhile: ((data: Data) => Data) | undefined;
  /** Who may be impersonated: everybody. */
  mayImpersonate: (resource: string, name: string) => boolean = () => true;
  /** What was asked about that: `groups viewers`. */
  readonly reviews: string[] = [];
  /** Most reviews that were open at one time. */
  mostAtOnce = 0;
  #open = 0;
  /** Answers in the place of the store. */
  instead: (() => Response) | undefined;
  /** Answers in the place of a review; may throw, as the connection does. */
  insteadOfReview: (() => Response) | undefined;

  constructor(data: Readonly<Record<string, Data>> = {}) {
    this.data = new Map(Object.entries(data));
  }

  connect = (): Promise<KubeConnection> =>
    Promise.resolve({
      server: "https://192.0.2.1:6443",
      request: async (path, init) =>
        path === REVIEWS ? await this.#review(init!.body!) : this.#answer(path, init?.method ?? "GET", init?.body),
      close: () => void (this.closed += 1),
    });

  async #review(body: string): Promise<Response> {
    const { verb, group, resource, name } = JSON.parse(body).spec.resourceAttributes;
    assert.deepEqual([verb, group], ["impersonate", ""]);
    this.reviews.push(`${resource} ${name}`);
    this.#open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    await Promise.resolve();
    this.#open -= 1;
    if (this.insteadOfReview !== undefined) return this.insteadOfReview();
    return Response.json({ status: { allowed: this.mayImpersonate(resource, name) } }, { status: 201 });
  }

  #answer(path: string, method: string, body: string | undefined): Response {
    this.requests.push(`${method} ${path}`);
    if (this.instead !== undefined) return this.instead();
    const named = /^\/api\/v1\/namespaces\/kube-system\/configmaps\/([a-z-]+)/.exec(path)?.[1];
    if (method === "GET") return this.#show(named!);
    const { metadata, data } = JSON.parse(body!);
    const name: string = named ?? metadata.name;
    if (this.meanwhile !== undefined) this.#write(name, this.meanwhile(this.data.get(name) ?? {}));
    if (method === "POST" && this.data.has(name)) return refusal(409, "AlreadyExists");
    if (method === "PATCH" && metadata.resourceVersion !== String(this.#version)) return refusal(409, "Conflict");
    this.#write(name, { ...this.data.get(name), ...data });
    return this.#show(name);
  }

  #write(name: string, data: Data): void {
    this.data.set(name, data);
    this.#version += 1;
  }

  #show(name: string): Response {
    const data = this.data.get(name);
    if (data === undefined) return refusal(404, "NotFound");
    return Response.json({ metadata: { name, resourceVersion: String(this.#version) }, data });
  }
}

/** An answer that says no. */
export function refusal(code: number, reason: string): Response {
  return Response.json({ kind: "Status", message: `the reason is ${reason}`, reason }, { status: code });
}
