/**
 * `ram-auth login`: signs in to Alibaba Cloud in the browser, and keeps the login in a profile of the aliyun CLI, as that
 * does. A login that can be renewed needs no browser.
 *
 * @module
 */

import { aliyunConfigPath, MAX_CONFIG_BYTES } from "../../clouds/alibaba/credentials/aliyun_config.ts";
import { type OauthProfile, oauthProfile } from "../../clouds/alibaba/credentials/oauth_profile.ts";
import { askedProfile } from "../../clouds/alibaba/credentials/variables.ts";
import {
  type Asking,
  exchangeForKeys,
  type OauthTokens,
  redeemCode,
  refreshTokens,
} from "../../clouds/alibaba/oauth/service.ts";
import { newProof, readSignInAnswer, signInUrl } from "../../clouds/alibaba/oauth/sign_in.ts";
import { type OauthSite, oauthSite } from "../../clouds/alibaba/oauth/sites.ts";
import { type Credentials, CredentialsError } from "../../clouds/signer.ts";
import { UsageError } from "../../errors.ts";
import { readTextFileIfThere } from "../../files.ts";
import { homeVariable } from "../../home.ts";
import { quoted, sentence, shellWord } from "../../quote.ts";
import { processTimers } from "../../time.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { type EditedFile, editLocked } from "../locked_edit.ts";
import { answerWithin, listenForCallback } from "./callback_listener.ts";
import { openBrowser } from "./open_browser.ts";

/** How long a person may take to sign in. */
const SIGN_IN_MINUTES = 5;

/**
 * How long a request goes on after Ctrl-C, in milliseconds: what it redeems may be spent, and the answer on its way. Shorter
 * than it takes until a second Ctrl-C ends the process, which would leave the file locked.
 */
const LAST_MOMENT_MS = 500;

/** How long to wait for another login, which may ask the service twice while it holds the file, in milliseconds. */
const MAX_WAIT_MS = 30_000;

/** What one login is about. */
interface Login {
  readonly world: World;
  readonly file: EditedFile;
  readonly stop: AbortSignal;
  readonly asking: Asking;
  /** Finds the profile in the text of the file. */
  find(text: string | undefined): OauthProfile;
}

/** `ram-auth login` */
export async function run({ settings, world, stopSignal }: Invocation): Promise<number> {
  const path = aliyunConfigPath(world);
  if (path === undefined) throw new UsageError(`Cannot log in: ${homeVariable(world)} is not set; set it to your home`);
  const file = { path, what: "the aliyun CLI's configuration", maxBytes: MAX_CONFIG_BYTES, mode: 0o600 };
  const asked = askedProfile(world, { profile: settings.get("profile") });
  const find = (text: string | undefined) => oauthProfile(text, { path, asked });
  const profile = find(await readTextFileIfThere(world, path, file));
  const { name } = profile;
  const attempt = `Cannot log in as profile ${quoted(name)} of "${path}"`;
  const site = siteOf(settings.get("site") ?? profile.site ?? "CN", attempt);
  const login: Login = {
    world,
    file: { ...file, folderAdvice: "make it, or set HOME to a folder that you can write" },
    stop: await stopSignal(),
    asking: {
      attempt,
      site,
      caFile: settings.get("sts-ca-file"),
      advice: `run "ram-auth login --profile ${shellWord(name)}" again`,
    },
    find,
  };
  const keys = (isRenewable(profile, site) ? await renew(login) : undefined) ??
    await signIn(login, settings.get("browser"));
  world.stdout.write(
    `Logged in as profile ${quoted(name)} of ${path}, with keys until ${keys.expiresAt?.toISOString()}\n` +
      `try: ram-auth whoami --profile ${shellWord(name)}\n`,
  );
  return 0;
}

function siteOf(name: string, attempt: string): OauthSite {
  const site = oauthSite(name);
  if (site !== undefined) return site;
  throw new CredentialsError(`${attempt}: its "oauth_site_type" is neither CN nor INTL; give --site`);
}

function isRenewable({ site, refreshToken }: OauthProfile, wanted: OauthSite): boolean {
  return refreshToken !== undefined && site?.toUpperCase() === wanted.name;
}

/** A login from the one that the profile has; `undefined` where that has ended. */
async function renew(login: Login): Promise<Credentials | undefined> {
  const { world, asking } = login;
  return await keep(login, async (profile) => {
    if (profile.refreshToken === undefined || !isRenewable(profile, asking.site)) {
      throw new CredentialsError(`${asking.attempt}: another program has changed it meanwhile; ${asking.advice}`);
    }
    const tokens = await refreshTokens(world, asking, profile.refreshToken);
    world.stderr.write(
      tokens === undefined
        ? "ram-auth: the login of this profile has ended: sign in again\n"
        : "ram-auth: the login of this profile was renewed; to sign in as somebody else, name another profile\n",
    );
    return tokens;
  });
}

async function signIn(login: Login, opens: boolean): Promise<Credentials> {
  const { world, asking, stop } = login;
  const proof = await newProof();
  await using listener = listenForCallback((query) => readSignInAnswer(query, proof));
  const { redirectUri } = listener;
  const url = signInUrl(asking.site, proof, redirectUri);
  const how = opens
    ? "Sign in in the browser; if it does not open, open this page yourself"
    : "Open this page in a browser";
  world.stderr.write(
    `${how}, on this machine:\n${url}\n` +
      `ram-auth: waiting up to ${SIGN_IN_MINUTES} minutes; Ctrl-C cancels\n`,
  );
  if (opens) openBrowser(url);
  const answer = await answerWithin(listener.answer, { ms: SIGN_IN_MINUTES * 60_000, stop });
  const why = stop.aborted
    ? "interrupted"
    : answer === undefined
    ? `nobody signed in within ${SIGN_IN_MINUTES} minutes`
    : "refused" in answer
    ? `the sign-in was refused with "${sentence(answer.refused)}"`
    : undefined;
  if (answer === undefined || !("code" in answer) || why !== undefined) {
    throw new CredentialsError(`${asking.attempt}: ${why}; ${asking.advice}`);
  }
  const redeeming = redeemCode(world, asking, { code: answer.code, verifier: proof.verifier, redirectUri });
  const tokens = await unlessStopped(login, redeeming);
  const keys = await keep(login, () => Promise.resolve(tokens));
  return keys!;
}

/**
 * Keeps a login in the profile, whether its tokens give keys or not: the ones before them are spent. The file is locked
 * meanwhile, so that nobody else spends them.
 *
 * @param tokensOf gets the tokens of the login; `undefined` leaves a file that is there as it is
 */
async function keep(
  login: Login,
  tokensOf: (profile: OauthProfile) => Promise<OauthTokens | undefined>,
): Promise<Credentials | undefined> {
  const { world, file, stop, asking, find } = login;
  let got: Credentials | undefined;
  let failure: unknown;
  await editLocked(world, file, async (before) => {
    const profile = find(before);
    const tokens = await unlessStopped(login, tokensOf(profile));
    if (tokens === undefined) return before!;
    const source = `profile "${profile.name}" of ${file.path}`;
    try {
      got = await unlessStopped(login, exchangeForKeys(world, asking, { accessToken: tokens.accessToken, source }));
    } catch (cause) {
      failure = cause;
    }
    return profile.keeping({ site: asking.site, tokens, keys: got });
  }, { signal: stop, maxWaitMs: MAX_WAIT_MS });
  if (failure !== undefined) throw failure;
  return got;
}

/** What a request gives. @throws {CredentialsError} where Ctrl-C leaves it no time, so that nothing stays locked */
async function unlessStopped<T>({ stop, asking }: Login, request: Promise<T>): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  const giveUp = () => interrupted.reject(new CredentialsError(`${asking.attempt}: interrupted; ${asking.advice}`));
  let cancel = () => {};
  const end = () => cancel = processTimers.after(LAST_MOMENT_MS, giveUp);
  if (stop.aborted) end();
  else stop.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([request, interrupted.promise]);
  } finally {
    cancel();
    stop.removeEventListener("abort", end);
  }
}
