/**
 * Flags of kube-apiserver among the words of a command line, and the folders of the node that it sees.
 *
 * @module
 */

/** The flag that names the kubeconfig of a webhook, without its dashes. */
export const WEBHOOK_FLAG = "authentication-token-webhook-config-file";

/** The flag as kube-apiserver takes it too: an underscore is a dash to it. */
const MENTION = /authentication[-_]token[-_]webhook[-_]config[-_]file/;

/** One flag with its value. */
export interface Flag {
  /** With dashes, without those in front. */
  readonly name: string;
  /** Empty where it has none. */
  readonly value: string;
  /** The words that it takes: one, or two where the value is a word of its own. */
  readonly words: readonly number[];
  /** Whether it may be the value of the flag before it, which has none: only kube-apiserver knows which need one. */
  readonly mayBeValue: boolean;
}

/** The flags among the words of a command line. */
export function flagsOf(words: readonly string[]): readonly Flag[] {
  return words.flatMap((word, at): Flag[] => {
    if (!/^--./.test(word)) return [];
    const [, name, value] = /^--([^=]*)(?:=([^]*))?$/.exec(word)!;
    const next = words[at + 1];
    const hasNext = value === undefined && next !== undefined && !next.startsWith("-");
    return [{
      name: name!.replaceAll("_", "-"),
      value: value ?? (hasNext ? next : ""),
      words: hasNext ? [at, at + 1] : [at],
      mayBeValue: /^--[^=]+$/.test(words[at - 1] ?? ""),
    }];
  });
}

/** The value that counts: the last one; `undefined` where the flag is not there. */
export function valueOf(flags: readonly Flag[], name: string): string | undefined {
  return flags.findLast((flag) => flag.name === name)?.value;
}

/** Whether a text names the flag of the webhook, in whatever form. */
export function mentionsWebhook(text: string): boolean {
  return MENTION.test(text);
}

/** Every value that a text may give the flag, as far as that can be told without reading the text. */
export function mentionedWebhooks(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`${MENTION.source}[= ]*([^\\s"'\\\\]*)`, "g"))].map(([, value]) => value!);
}

/** The lines of a text that are no comments, in YAML and in units. */
export function linesThatCount(text: string): readonly string[] {
  return text.split("\n").filter((line) => !/^\s*[#;]/.test(line));
}

/** Whether one of them names a path, or what is below it. */
export function namesPath(text: string, path: string): boolean {
  const names = (line: string) => line.split(path).slice(1).some((rest) => !/^[\w.-]/.test(rest));
  return linesThatCount(text).some(names);
}

/** A folder or file of the node as kube-apiserver sees it. */
export interface Mount {
  readonly inside: string;
  /** `undefined`: it is not of the node, or nobody knows which. */
  readonly outside: string | undefined;
  readonly isReadOnly: boolean;
}

/** Where a file is on the node that kube-apiserver knows by a path; `undefined` where it does not see the node's files. */
export function outsideOf(path: string, mounts: readonly Mount[] | undefined): string | undefined {
  if (mounts === undefined) return path;
  const mount = nearestMount(path, mounts);
  return mount?.outside === undefined ? undefined : `${mount.outside}${path.slice(mount.inside.length)}`;
}

/** The mount by which a path is seen: the deepest of those that hold it. */
export function nearestMount(path: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts.filter(({ inside }) => path === inside || path.startsWith(`${inside}/`))
    .sort((a, b) => b.inside.length - a.inside.length)[0];
}

/** A path without slashes at its end. */
export function bare(path: string): string {
  return path.replace(/\/+$/, "");
}
