/**
 * Delegation: a token that no cloud's grammar claims is judged by another webhook, because kube-apiserver asks only one
 * (ADR 41). A token that is ours never gets here, whatever became of it.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import type { ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { type Breaker, createBreaker } from "../../review/breaker.ts";
import { credentialIdOf } from "../../review/credential_id.ts";
import type { ReviewedUser, TokenReviewRequest } from "../../review/token_review.ts";
import type { Log } from "../../telemetry/log.ts";
import { delay, processTimers } from "../../time.ts";
import type { HealthReport } from "../health.ts";
import { followCluster } from "../sources/cluster_following.ts";
import type { LiveParts } from "../sources/live_source.ts";
import { type OwnAddress, ownCertificateAsCa, readDelegateAccess } from "./access.ts";
import { boundUser, ownMarksOf } from "./bounds.ts";
import { createDelegateClient, DELEGATE_DEADLINE_MS, type DelegateClient } from "./client.ts";
import { DelegateFault, DelegateRefused, DelegateUnusable } from "./fault.ts";

/** Which delegate, and what it may give. */
export interface DelegationOptions {
  /** Its kubeconfig: another path counts after a restart, another content at once. */
  readonly kubeconfig: string;
  /** `reservedPrefixConfig` of the config file: a reload changes it in place. */
  readonly reserved: ReservedPrefixes;
}

/** What the delegate makes of a token. */
export type DelegatedVerdict =
  & {
    /** Ties log, audit and Kubernetes' own audit log together. */
    readonly credentialId: string;
  }
  & (
    | {
      readonly kind: "allowed";
      /** Within our bounds. */
      readonly user: ReviewedUser;
      /** Of those that were asked for; none where the delegate named none. */
      readonly audiences: readonly string[];
    }
    /** The delegate does not know the token; with an `error`, it may know it later. Trust: the delegate chose that text. */
    | { readonly kind: "denied"; readonly error: string | undefined }
    /** The delegate knows the token, and names a user that it must not give. */
    | { readonly kind: "refused"; readonly failure: DelegateRefused }
    /** {@linkcode DelegateFault}, {@linkcode DelegateUnusable}, {@linkcode DelegateBusy}; anything if a bug. */
    | { readonly kind: "undecided"; readonly failure: unknown }
  );

/** A delegate that is followed; `await using` ends that. */
export interface Delegation extends HealthReport, AsyncDisposable {
  /** Has a token judged that is none of ours. Never rejects. Trust: a stranger chose the token. */
  review(asked: TokenReviewRequest): Promise<DelegatedVerdict>;
}

/**
 * Reads the delegate's kubeconfig, and reads it again when it changes. One that cannot be used is an outage of the
 * delegate alone (ADR 36). The delegate itself is not asked: it may come up later.
 */
export async function startDelegation(
  { kubeconfig, reserved }: DelegationOptions,
  { own, log, cappedLog, ...parts }: Pick<LiveParts, "world" | "log" | "metrics" | "scrubber" | "signal"> & {
    readonly own: OwnAddress;
    readonly cappedLog: Log;
  },
): Promise<Delegation> {
  const { world, signal } = parts;
  const marks = ownMarksOf(await loadClouds());
  let current: { readonly client: DelegateClient; readonly breaker: Breaker } | undefined;
  let trouble = "its kubeconfig was not read yet";
  const open = new Set<DelegateClient>();
  const end = (client: DelegateClient) => {
    open.delete(client);
    client.close();
  };
  const newBreaker = () =>
    createBreaker({
      timers: { ...processTimers, nowMs: world.elapsedMs },
      refuse: (_, why) => new DelegateFault(`it is not asked: ${why}`),
      onChange(host, why) {
        if (why === undefined) cappedLog.info("delegate answers again", { host });
        else cappedLog.warn("delegate does not answer", { host, why });
      },
    });

  const following = await followCluster({
    source: "delegate",
    async connect(noteFile) {
      const access = await readDelegateAccess(world, kubeconfig, { noteFile, own });
      const why = ownCertificateAsCa(access);
      if (why !== undefined) log.warn("delegate may not be reached", { kubeconfig, why });
      const breaker = newBreaker();
      const client = createDelegateClient(world, access, breaker);
      open.add(client);
      // What it is asked already is still answered, also while the server drains.
      const close = async () => {
        await delay(DELEGATE_DEADLINE_MS, signal);
        if (!signal.aborted) end(client);
      };
      return { server: client.server, client, breaker, close: () => void close() };
    },
    follow({ client, breaker }, over) {
      current = { client, breaker };
      return untilAborted(over);
    },
    onTrouble: (why) => trouble = why,
  }, { ...parts, log });

  const decide = async (asked: TokenReviewRequest, credentialId: string): Promise<DelegatedVerdict> => {
    if (current === undefined) throw new DelegateUnusable(trouble);
    const said = await current.client.ask(asked);
    if (!said.isAuthenticated) return { kind: "denied", credentialId, error: said.error };
    const audiences = commonAudiences(asked.audiences, said.audiences);
    if (audiences === undefined) return { kind: "denied", credentialId, error: undefined };
    return {
      kind: "allowed",
      credentialId,
      user: boundUser(said.user, { reserved, own: marks, credentialId }),
      audiences,
    };
  };

  return {
    async review(asked) {
      const credentialId = credentialIdOf(asked.token);
      try {
        return await decide(asked, credentialId);
      } catch (failure) {
        return failure instanceof DelegateRefused
          ? { kind: "refused", credentialId, failure }
          : { kind: "undecided", credentialId, failure };
      }
    },
    facts: () => current === undefined ? [] : [`delegate: ${current.client.server}`],
    warnings: () => [
      ...(current === undefined ? [`delegate: ${trouble}; tokens that are not ours are answered with 503`] : []),
      ...following.notes().map((note) => `delegate: ${note}`),
      ...(current?.breaker.open() ?? []).map((host) => `delegate: ${host} does not answer; asked again each second`),
    ],
    async [Symbol.asyncDispose]() {
      await following.ended;
      for (const client of open) end(client);
    },
  };
}

/**
 * Of the audiences that were asked for, those that the delegate named; `undefined` where it named only others. None where
 * it named none: kube-apiserver assumes its own then, as it would of the delegate itself.
 */
function commonAudiences(asked: readonly string[], named: readonly string[]): readonly string[] | undefined {
  if (named.length === 0 || asked.length === 0) return named;
  const common = named.filter((audience) => asked.includes(audience));
  return common.length === 0 ? undefined : common;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
