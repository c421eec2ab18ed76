/**
 * A Kubernetes API of a few lines: each request is answered by the next step of a script, and everything asked is kept.
 *
 * @module
 */

import type { KubeConnection } from "../../lib/kube/connection.ts";
import { connectTo } from "../../lib/kube/connection.ts";
import type { KubeObject } from "../../lib/kube/object.ts";
import type { World } from "../../lib/world.ts";
import { waitFor } from "../support/wait_for.ts";

/** What was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly isWatch: boolean;
  readonly query: URLSearchParams;
  readonly headers: Headers;
}

/** How one request is answered. */
export type Step = (asked: Asked) => Response | Promise<Response>;

/** A server that serves; `await using` stops it, and ends what is open. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** Starts it on loopback, in clear text. Once the script is at its end, its last step answers everything. */
export function startScriptedServer(steps: readonly Step[]): ScriptedServer {
  const asked: Asked[] = [];
  const answer = inOrder(steps);
  const ending = new AbortController();
  const serving = { hostname: "127.0.0.1", port: 0, signal: ending.signal, onListen: () => {} };
  const server = Deno.serve(serving, async (request) => {
    const { searchParams: query, pathname: path } = new URL(request.url);
    const { method, headers } = request;
    const found = { method, path, query, headers, isWatch: query.get("watch") === "true", body: await request.text() };
    asked.push(found);
    return await answer(found);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    // Not shutdown(): that would wait for a step that a test which fails never lets end.
    async [Symbol.asyncDispose]() {
      ending.abort();
      await server.finished;
    },
  };
}

/** The steps one after the other; the last one again and again. */
export function inOrder(steps: readonly Step[]): Step {
  let done = 0;
  return (asked) => steps[Math.min(done++, steps.length - 1)]!(asked);
}

/** A connection to it without credentials. */
export function connectPlainly(world: World, server: ScriptedServer): KubeConnection {
  const nothing = { caCerts: [], clientCertificate: undefined, token: undefined, proxyUrl: undefined };
  return connectTo(world, { server: server.url, ...nothing });
}

/** A small object. */
export function objectNamed(name: string, resourceVersion: string): KubeObject {
  return { metadata: { name, resourceVersion } };
}

/** The answer to a list. */
export function list(names: readonly string[], resourceVersion: string, continueToken?: string): Step {
  return listOf(names.map((name) => objectNamed(name, resourceVersion)), resourceVersion, continueToken);
}

/** The answer to a list of whole objects. */
export function listOf(items: readonly unknown[], resourceVersion: string, continueToken?: string): Step {
  return () => Response.json({ kind: "List", metadata: { resourceVersion, continue: continueToken }, items });
}

/** One line of a watch. */
export function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A refusal as the API server writes it. */
export function refusal(code: number, message: string, headers: Readonly<Record<string, string>> = {}): Step {
  const reason = code === 404 ? "NotFound" : undefined;
  return () => Response.json({ kind: "Status", code, reason, message }, { status: code, headers });
}

/** A watch that brings these pieces of text or bytes and then ends, is cut, or stays open until the caller goes. */
export function pieces(parts: readonly (string | Uint8Array)[], then: "end" | "cut" | "stay"): Step {
  return () => {
    const rest = [...parts];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const body = new ReadableStream<Uint8Array>({
      // Each piece goes out by itself only if the next one comes later.
      async pull(controller) {
        const part = rest.shift();
        if (part !== undefined) {
          await new Promise((resolve) => timer = setTimeout(resolve, 5));
          return controller.enqueue(typeof part === "string" ? new TextEncoder().encode(part) : part);
        }
        if (then !== "stay") return controller.close();
        return await new Promise<void>(() => {});
      },
      // The caller may have seen enough before the last piece.
      cancel: () => clearTimeout(timer),
    });
    // A body that ends before its length makes the server cut the connection.
    return new Response(body, { headers: then === "cut" ? { "content-length": "1000000" } : {} });
  };
}

/** What a follower told, in words, in order; `told()` waits for one of them. */
export class Diary {
  readonly entries: string[] = [];
  /** Tries that failed. */
  failures = 0;

  readonly handlers = {
    read: (object: KubeObject) => object,
    onSync: (items: readonly KubeObject[]) => {
      this.entries.push(`sync ${items.map(({ metadata }) => metadata.name).join(",")}`);
    },
    onChange: (type: string, { metadata }: KubeObject) => void this.entries.push(`${type} ${metadata.name}`),
    onTrouble: (why: string | undefined) => void this.entries.push(why === undefined ? "well" : `trouble ${why}`),
    onFailure: () => void (this.failures += 1),
  };

  /** Waits until an entry is there that begins so, for the `count`th time. */
  async told(start: string, count = 1): Promise<string> {
    return await waitFor(
      `"${start}" to be told`,
      () => this.entries.filter((entry) => entry.startsWith(start))[count - 1],
    );
  }
}
