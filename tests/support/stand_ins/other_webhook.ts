/**
 * The token webhook of another tool, over TLS, and the kubeconfig that leads to it.
 *
 * @module
 */

import { type LoopbackCertificate, makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { replaceFile } from "../replace_file.ts";

/** A TokenReview as it was asked. */
export interface AskedReview {
  readonly path: string;
  readonly headers: Headers;
  readonly body: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly spec: { readonly token: string; readonly audiences?: readonly string[] };
  };
}

/** What it answers. */
export type AnswerReview = (asked: AskedReview) => Response | Promise<Response>;

/** A webhook that runs. */
export interface OtherWebhook extends AsyncDisposable {
  /** `https://127.0.0.1:<port>/review` */
  readonly url: string;
  readonly caPem: string;
  /** Everything that it was asked. */
  readonly asked: readonly AskedReview[];
  /** Answers otherwise from now on. */
  answerBy(answer: AnswerReview): void;
}

/** Starts one. */
export async function startOtherWebhook(
  answer: AnswerReview,
  pair: LoopbackCertificate | undefined = undefined,
): Promise<OtherWebhook> {
  const { caPem, certPem: cert, keyPem: key } = pair ?? await makeLoopbackCertificate();
  const asked: AskedReview[] = [];
  let by = answer;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, async (request) => {
    const one = { path: new URL(request.url).pathname, headers: request.headers, body: await request.json() };
    asked.push(one);
    return await by(one);
  });
  return {
    url: `https://127.0.0.1:${server.addr.port}/review`,
    caPem,
    asked,
    answerBy: (other) => void (by = other),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer with this status, in the version that was asked for. */
export function reviewed({ body: { apiVersion } }: AskedReview, status: unknown): Response {
  return Response.json({ apiVersion, kind: "TokenReview", metadata: { creationTimestamp: null }, status });
}

/** Knows the tokens that are the keys of a table, each as the user that is its value. */
export function knowing(users: Readonly<Record<string, unknown>>): AnswerReview {
  return (asked) => {
    const user = Object.hasOwn(users, asked.body.spec.token) ? users[asked.body.spec.token] : undefined;
    return reviewed(asked, user === undefined ? {} : { authenticated: true, user });
  };
}

/** Writes a kubeconfig as `--authentication-token-webhook-config-file` takes it. */
export async function writeWebhookKubeconfig(
  path: string,
  { url, caPem, user = {}, cluster = {} }: {
    readonly url: string;
    readonly caPem?: string | undefined;
    readonly user?: Readonly<Record<string, unknown>>;
    readonly cluster?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const authority = caPem && { "certificate-authority-data": base64(caPem) };
  await replaceFile(
    path,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "other", cluster: { server: url, ...authority, ...cluster } }],
      users: [{ name: "apiserver", user }],
      contexts: [{ name: "webhook", context: { cluster: "other", user: "apiserver" } }],
      "current-context": "webhook",
    }),
  );
}

/** PEM as kubeconfigs hold it. */
export function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
