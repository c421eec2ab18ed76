/**
 * The server's CA and certificate on disk: made once, kept, and renewed in time.
 *
 * Files are made in the order CA key, CA, server key, server certificate, each whole or not at all, so that a run cut
 * short leaves a beginning that the next one completes. A renewal keeps the server's key and replaces one file, which
 * means that certificate and key belong together at every moment and after every crash. A new key would gain nothing:
 * who could read the old one could read the CA's beside it.
 *
 * @module
 */

import type { Certificate } from "../certificate.ts";
import { RamAuthError } from "../errors.ts";
import { type Owner, removeDrafts } from "../files.ts";
import { makeFolder } from "../folders.ts";
import type { Secret } from "../secret.ts";
import type { World } from "../world.ts";
import { createAuthority, isSignedBy, issueServingCertificate, readCertificate, renewAt } from "./certificate.ts";
import { type Host, parseHost } from "./host.ts";
import { generatePrivateKey } from "./private_key.ts";
import { StateError } from "./state_error.ts";
import {
  CREATION_ORDER,
  type FileReport,
  saveStateFile,
  STATE_FILES,
  STATE_FOLDER_MODE,
  type StateFile,
  statePath,
} from "./state_files.ts";
import { findStateFolder, type StateFolder } from "./state_folder.ts";
import { withStateLock } from "./state_lock.ts";
import { findRepairs, type Repair, withRepairs } from "./state_repair.ts";
import { isPair, readStoredState, type StoredFiles, type StoredState } from "./stored_state.ts";
import { readAcceptedTokens, saveAcceptedTokens } from "./webhook_token.ts";

/** Name of each CA. It need not be unique: kube-apiserver is given the one certificate to trust. */
const AUTHORITY_NAME = "ram-auth CA";

/** Under these the server is always reachable, as with the other tools. */
const LOOPBACK_NAMES = ["localhost", "127.0.0.1"];

/** Addresses that mean "all of this machine's" and that nobody connects to. */
const UNSPECIFIED_ADDRESSES: readonly string[] = ["0.0.0.0", "::"];

/** Where the state is, and the names that the certificate must carry. */
export interface StateOptions {
  /** The folder. Trust: the operator's choice; whoever can write there can stand in for the server. */
  readonly stateDir: string;
  /** The name or address in the webhook kubeconfig's URL. */
  readonly hostname: string;
  /** The address that the server listens on. */
  readonly address: string;
  /** Whether a state that is made now demands a token of who asks. Default: no. One that is there stays as it is. */
  readonly demandsToken?: boolean;
}

/** What a TLS server presents. */
export interface ServingPair {
  readonly certPem: string;
  readonly keyPem: Secret;
  readonly notAfter: Date;
}

/** A state that the server can start with. */
export interface State {
  readonly serving: ServingPair;
  /** The certificate that kube-apiserver must trust. It stays the same over renewals. */
  readonly caPem: string;
  /** Whether the server's certificate can be renewed; not so where the other tools made it. */
  readonly renewable: boolean;
  readonly files: readonly FileReport[];
}

/**
 * Makes what is missing in the state folder and renews what is due; everything else stays as it is.
 *
 * What has the wrong owner or mode is mended, where we may; what root makes belongs to the folder's owner. Nothing is
 * written, and no permission to write is needed, where nothing is missing, due or wrong. Of several processes that
 * start at once, one writes and the others use what it wrote.
 *
 * A certificate that is due, but good for now, is used as it is where its successor cannot be written: a server that
 * starts can still be mended, one that does not locks everybody out. {@linkcode renewIfDue} tells what is wrong.
 *
 * @throws {StateError} if what is stored is broken; nothing was changed then
 * @throws {StateError} {FileError} if something is missing and the folder is not writable
 * @throws {UsageError} if the hostname or the address is malformed
 */
export async function ensureState(world: World, options: StateOptions): Promise<State> {
  const found = await findState(world, options.stateDir);
  try {
    return await completeState(world, options, found);
  } catch (cause) {
    if (!(cause instanceof RamAuthError)) throw cause;
    if (found.stored.kind === "pair") return pairState(options.stateDir, found.stored);
    const complete = completeFiles(found.stored);
    if (complete === undefined || isUnfit(complete, { ...options, names: servingNames(options), now: world.now() })) {
      throw cause;
    }
    return ownState(options.stateDir, { before: complete, after: complete });
  }
}

/** What is in the folder, whose the folder is, and what is to be mended. */
interface Found {
  readonly stored: StoredState;
  readonly folder: StateFolder | undefined;
  readonly repairs: readonly Repair[];
}

async function findState(world: World, stateDir: string): Promise<Found> {
  const folder = await findStateFolder(world, stateDir);
  const stored = await readStoredState(world, stateDir);
  if (folder === undefined) return { stored, folder, repairs: [] };
  const repairs = await findRepairs(world, { stateDir, folder, isPair: stored.kind === "pair" });
  return { stored, folder, repairs };
}

/** What {@linkcode ensureState} would do. */
export interface StatePreview {
  readonly files: readonly FileReport[];
  /** `undefined` where the CA is yet to be made. */
  readonly caPem: string | undefined;
  /** Whether nothing is there yet. */
  readonly isNew: boolean;
}

/**
 * Looks what {@linkcode ensureState} would make or renew, and writes nothing.
 *
 * @throws {StateError} if what is stored is broken
 * @throws {UsageError} if the hostname or the address is malformed
 */
export async function previewState(world: World, options: StateOptions): Promise<StatePreview> {
  const { stateDir } = options;
  const names = servingNames(options);
  const { stored, repairs } = await findState(world, stateDir);
  if (stored.kind === "pair") {
    const { files, caPem } = pairState(stateDir, stored);
    return { files: withRepairs(files, repairs), caPem, isNew: false };
  }
  const complete = completeFiles(stored);
  const isRenewed = complete !== undefined && mustReissue(complete, { stateDir, names, now: world.now() });
  const files = CREATION_ORDER.map((role) => {
    const there = role === "certificate" && isRenewed ? "renewed" : "kept";
    return report(stateDir, STATE_FILES[role], stored[role] === undefined ? "written" : there);
  });
  return { files: withRepairs(files, repairs), caPem: stored.ca?.pem, isNew: isEmpty(stored) };
}

/** Another pair to present. */
export interface Renewal {
  readonly serving: ServingPair;
  /** Whether a client that trusts the certificate that the server started with takes this one. */
  readonly isTrusted: boolean;
}

/**
 * Looks whether the server should present another certificate: one that is due is renewed, and one that another process
 * put there is taken up. Nobody but the operator replaces the pair of another tool, so a new one counts, whoever trusts it.
 *
 * @param current what is presented now, and the certificate that kube-apiserver was given to trust
 * @param signal ends a wait for another process that writes there
 * @returns the new pair, or `undefined` if `current` is still the one to present
 * @throws {StateError} also if the CA is gone or another one, because kube-apiserver would refuse its certificates
 * @throws {FileError} if the folder is not writable
 */
export async function renewIfDue(
  world: World,
  options: StateOptions,
  current: Pick<State, "serving" | "caPem" | "renewable">,
  signal?: AbortSignal,
): Promise<Renewal | undefined> {
  const { stateDir } = options;
  const found = await findState(world, stateDir);
  const { stored } = found;
  const isReplacedPair = stored.kind === "pair" && !current.renewable;
  if (!isReplacedPair && (stored.kind === "pair" || stored.ca?.pem !== current.caPem)) {
    throw new StateError(
      `Cannot renew the certificate in "${stateDir}": the CA there is not the one that the server started with, and ` +
        "kube-apiserver reads whom to trust once, at its start; restore the CA, or restart kube-apiserver with the new " +
        "webhook kubeconfig and then the server",
    );
  }
  const { serving } = await completeState(world, options, found, signal);
  if (serving.certPem === current.serving.certPem && serving.keyPem.reveal() === current.serving.keyPem.reveal()) {
    return undefined;
  }
  const isTrusted = !isReplacedPair || await isSignedBy(
    readCertificate(serving.certPem, statePath(stateDir, STATE_FILES.certificate)),
    readCertificate(current.caPem, "the certificate of the start"),
  );
  return { serving, isTrusted };
}

async function completeState(
  world: World,
  options: StateOptions,
  { stored, folder, repairs }: Found,
  signal?: AbortSignal,
): Promise<State> {
  const { stateDir } = options;
  const names = servingNames(options);
  if (repairs.length === 0) {
    if (stored.kind === "pair") return pairState(stateDir, stored);
    const complete = completeFiles(stored);
    if (complete !== undefined && !mustReissue(complete, { stateDir, names, now: world.now() })) {
      return ownState(stateDir, { before: stored, after: complete });
    }
  }
  await makeFolder(world, stateDir, {
    mode: STATE_FOLDER_MODE,
    advice: "make it, or name another one by --state-dir",
  });
  for (const { mend } of repairs) await mend();
  const heir = folder?.heir;
  const state = await withStateLock(world, stateDir, async () => {
    for (const file of Object.values(STATE_FILES)) await removeDrafts(world, statePath(stateDir, file));
    const before = await readStoredState(world, stateDir);
    if (before.kind === "pair") return pairState(stateDir, before);
    // First of all, so that a run cut short leaves no state that lets everybody ask.
    if (options.demandsToken && isEmpty(before) && await readAcceptedTokens(world, stateDir) === undefined) {
      await saveAcceptedTokens(world, stateDir, { accepted: [], heir });
    }
    return ownState(stateDir, { before, after: await makeMissing(world, stateDir, { names, before, heir }) });
  }, { heir, signal });
  return { ...state, files: withRepairs(state.files, repairs) };
}

type CompleteFiles = { readonly [Role in keyof StoredFiles]: NonNullable<StoredFiles[Role]> };

/** The whole sequence; each step needs only those before it. */
async function makeMissing(
  world: World,
  stateDir: string,
  { names, before, heir }: {
    readonly names: readonly Host[];
    readonly before: StoredFiles;
    readonly heir: Owner | undefined;
  },
): Promise<CompleteFiles> {
  const now = world.now();
  const save = <T extends Secret | Certificate>(file: StateFile, value: T) =>
    saveStateFile(world, stateDir, { file, value, heir });
  const stored = (pem: Secret, file: StateFile) => ({ pem, path: statePath(stateDir, file) });

  const caKey = before.caKey ?? await save(STATE_FILES.caKey, await generatePrivateKey());
  const issuerKey = stored(caKey, STATE_FILES.caKey);
  const ca = before.ca ?? await save(STATE_FILES.ca, await createAuthority(issuerKey, { name: AUTHORITY_NAME, now }));
  const key = before.key ?? await save(STATE_FILES.key, await generatePrivateKey());
  if (before.certificate !== undefined) {
    const files = { caKey, ca, key, certificate: before.certificate };
    if (!mustReissue(files, { stateDir, names, now })) return files;
  }
  const certificate = await issueServingCertificate(
    { certificate: ca, key: issuerKey },
    { key: stored(key, STATE_FILES.key), names: withNamesOf(before.certificate, names), now },
  );
  return { caKey, ca, key, certificate: await save(STATE_FILES.certificate, certificate) };
}

/** What a certificate must be good for. */
interface Purpose {
  readonly stateDir: string;
  readonly names: readonly Host[];
  readonly now: Date;
}

/** Our CA can replace any certificate it issued: one that is due, and one that cannot serve. */
function mustReissue(files: CompleteFiles, purpose: Purpose): boolean {
  const { ca, certificate } = files;
  const isDue = renewAt(certificate) <= purpose.now && certificate.notAfter < ca.notAfter;
  return isDue || isUnfit(files, purpose);
}

/** Whether a certificate cannot serve: it is not valid now, lacks a name, or is for another key. */
function isUnfit({ key, certificate }: CompleteFiles, { stateDir, names, now }: Purpose): boolean {
  return certificate.notBefore > now || certificate.notAfter <= now ||
    names.some(({ text }) => !certificate.sans.has(text)) ||
    !isPair(key, certificate, statePath(stateDir, STATE_FILES.key));
}

function isEmpty(stored: StoredFiles): boolean {
  return CREATION_ORDER.every((role) => stored[role] === undefined);
}

function completeFiles({ caKey, ca, key, certificate }: StoredFiles): CompleteFiles | undefined {
  if (caKey === undefined || ca === undefined || key === undefined || certificate === undefined) return undefined;
  return { caKey, ca, key, certificate };
}

/** The names, and those that the certificate before has: two servers with a hostname each would replace it for ever. */
function withNamesOf(before: Certificate | undefined, names: readonly Host[]): readonly Host[] {
  const wanted = new Set(names.map(({ text }) => text));
  const others = [...before?.sans ?? []].filter((text) => !wanted.has(text)).flatMap((text) => {
    try {
      return parseHost(text);
    } catch {
      // A certificate that somebody else issued under our CA may have a wildcard, or a name of another kind.
      return [];
    }
  });
  return [...names, ...others];
}

function servingNames({ hostname, address }: StateOptions): Host[] {
  const hosts = [hostname, address, ...LOOPBACK_NAMES].map(parseHost);
  const byText = new Map(hosts.map((host) => [host.text, host]));
  return [...byText.values()].filter(({ text }) => !UNSPECIFIED_ADDRESSES.includes(text));
}

function ownState(
  stateDir: string,
  { before, after }: { readonly before: StoredFiles; readonly after: CompleteFiles },
): State {
  return {
    serving: servingPair(after),
    caPem: after.ca.pem,
    renewable: true,
    files: CREATION_ORDER.map((role) => {
      const made = before[role] === undefined ? "written" : "renewed";
      return report(stateDir, STATE_FILES[role], before[role] === after[role] ? "kept" : made);
    }),
  };
}

function pairState(stateDir: string, pair: { readonly key: Secret; readonly certificate: Certificate }): State {
  return {
    serving: servingPair(pair),
    caPem: pair.certificate.pem,
    renewable: false,
    files: [STATE_FILES.key, STATE_FILES.certificate].map((file) => report(stateDir, file, "kept")),
  };
}

function servingPair({ key, certificate }: { readonly key: Secret; readonly certificate: Certificate }): ServingPair {
  return { certPem: certificate.pem, keyPem: key, notAfter: certificate.notAfter };
}

function report(stateDir: string, file: StateFile, status: FileReport["status"]): FileReport {
  return { path: statePath(stateDir, file), what: file.what, mode: file.mode, status };
}
