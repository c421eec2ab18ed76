/**
 * Requests to a Kubernetes API as data, and somebody who sends them. Knows nothing of what they are about.
 *
 * @module
 */

import type { Cluster } from "./cluster.ts";

/** A request. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly contentType?: string;
  /** For `PUT`, what differs from what is there. */
  readonly body?: unknown;
}

/** An answer, its body read. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** Makes a new object. */
export function create(path: string, body: unknown): Request {
  return { method: "POST", path, contentType: "application/json", body };
}

/** Writes an object back as it is, but for some of its members. */
export function put(path: string, body: object): Request {
  return { method: "PUT", path, contentType: "application/json", body };
}

/** RFC 7386. */
export function mergePatch(path: string, body: unknown): Request {
  return { method: "PATCH", path, contentType: "application/merge-patch+json", body };
}

/** RFC 6902. */
export function jsonPatch(path: string, body: unknown): Request {
  return { method: "PATCH", path, contentType: "application/json-patch+json", body };
}

/** The kind of patch that kubectl sends for kinds of Kubernetes itself. */
export function strategicPatch(path: string, body: unknown): Request {
  return { method: "PATCH", path, contentType: "application/strategic-merge-patch+json", body };
}

/** Server-side apply. */
export function apply(path: string, body: unknown): Request {
  return {
    method: "PATCH",
    path: `${path}?fieldManager=a-test&force=true`,
    contentType: "application/apply-patch+yaml",
    body,
  };
}

/** Deletes an object, or a collection. */
export function remove(path: string): Request {
  return { method: "DELETE", path };
}

/** Sends requests to an API server; `using` closes the connections. */
export interface Sender extends Disposable {
  /** As the administrator, or as whom he impersonates. */
  send(request: Request, as?: { readonly user: string; readonly group?: string }): Promise<Answer>;
  /** With a bearer token. */
  sendWith(token: string, request: Request): Promise<Answer>;
}

/** Makes one for a cluster. */
export async function createSender({ server, caFile, adminKubeconfig }: Cluster): Promise<Sender> {
  const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caFile)] });
  const admin = JSON.parse(await Deno.readTextFile(adminKubeconfig)).users[0].user.token as string;
  const ask = async (request: Request, headers: Record<string, string>): Promise<Answer> => {
    const { method, path, contentType, body } = request;
    const response = await fetch(`${server}${path}`, {
      method,
      client,
      headers: { ...headers, ...(contentType && { "content-type": contentType }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : { message: text } };
  };
  const asAdmin = { authorization: `Bearer ${admin}` };
  return {
    async send(request, as) {
      const headers = {
        ...asAdmin,
        ...(as && { "Impersonate-User": as.user }),
        ...(as?.group && { "Impersonate-Group": as.group }),
      };
      if (request.method !== "PUT") return await ask(request, headers);
      for (;;) {
        const { body: there } = await ask({ method: "GET", path: request.path }, asAdmin);
        const answer = await ask({ ...request, body: { ...there, ...(request.body as object) } }, headers);
        // Somebody else wrote in between: a server, the status.
        if (answer.status !== 409) return answer;
      }
    },
    sendWith: async (token, request) => await ask(request, { authorization: `Bearer ${token}` }),
    [Symbol.dispose]: () => client.close(),
  };
}
