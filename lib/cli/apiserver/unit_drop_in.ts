/**
 * A drop-in of the unit that starts kube-apiserver: it repeats the unit's ExecStart, with the flag behind it. The last of
 * several flags of one name counts.
 *
 * @module
 */

import type { FileToChange, UnitTexts, WantedWebhook } from "./change.ts";
import { flagsOf, mentionedWebhooks, valueOf, WEBHOOK_FLAG } from "./flags.ts";
import { otherWebhook } from "./judge.ts";
import type { Draft, Shape } from "./shape.ts";
import { Unclear } from "./unclear.ts";
import {
  commandOf,
  environmentFilesOf,
  isComment,
  isContinued,
  isPattern,
  linesOf,
  settingsOf,
  textsOf,
  wordsOf,
} from "./unit.ts";

const EXEC_START = /^[ \t]*ExecStart[ \t]*=/;

/** What begins the command itself, behind the marks of systemd. */
const PROGRAM = /^[ \t]*ExecStart[ \t]*=[ \t]*[-@:+!|]*(?:\S*\/)?kube-apiserver(?=[ \t\\]|$)/;

/** A unit of systemd. */
export const UNIT_DROP_IN: Shape = {
  draft(file, webhook) {
    const unit = unitOf(file);
    const lines = execStartOf(unit);
    assertSole(unit);
    const after = dropIn(unit.path, lines, webhook.kubeconfig);
    return file.before === undefined ? first(unit, { after, webhook }) : next(file.before, { after, webhook });
  },
  flags(file) {
    const unit = unitOf(file);
    const dropIns = new Map([
      ...unit.dropIns,
      ...(file.before === undefined ? [] : [[file.path, file.before] as const]),
    ]);
    assertSole(unit);
    return flagsOf(commandOf({ ...unit, dropIns }) ?? []);
  },
  byHand({ unit }, kubeconfig) {
    const from = unit === undefined ? "" : ` of ${unit.path}`;
    return `[Service]\nExecStart=\nExecStart=(the ExecStart${from}) --${WEBHOOK_FLAG}=${kubeconfig}\n`;
  },
};

/** The unit without the drop-in that is changed. */
function unitOf({ path, unit }: FileToChange): UnitTexts {
  if (unit === undefined) throw new TypeError("A drop-in needs its unit");
  return { ...unit, dropIns: new Map([...unit.dropIns].filter(([other]) => other !== path)) };
}

/** Where there is no drop-in yet. */
function first(
  unit: UnitTexts,
  { after, webhook }: { readonly after: string; readonly webhook: WantedWebhook },
): Draft {
  const { kubeconfig, replace } = webhook;
  const mentions = [[unit.path, unit.text] as const, ...unit.dropIns, ...unit.environment].flatMap(([path, text]) =>
    linesOf(text).flatMap(mentionedWebhooks).map((value) => ({ path, value }))
  );
  const given = flagsOf(commandOf(unit) ?? []).filter(({ name }) => name === WEBHOOK_FLAG);
  const last = given.at(-1);
  if (last?.value === kubeconfig && !last.mayBeValue) {
    return { after: "", flagIn: mentions.findLast(({ value }) => value === kubeconfig)?.path ?? unit.path };
  }
  const other = [...mentions, ...given.map(({ value }) => ({ path: unit.path, value }))].find(({ value }) =>
    value !== kubeconfig
  );
  if (other !== undefined && !replace) throw otherWebhook(other.value, `"${other.path}" has`);
  return { after };
}

/** Where there is one, by which other webhooks of the unit have been replaced. */
function next(before: string, { after, webhook }: { readonly after: string; readonly webhook: WantedWebhook }): Draft {
  const [reset, start, ...rest] = settingsOf(before);
  const isOurs = reset?.[0] === "ExecStart" && reset[1] === "" && start?.[0] === "ExecStart" && rest.length === 0;
  if (!isOurs) throw new Unclear("it holds something else than an ExecStart= that is repeated; move it away");
  const value = valueOf(flagsOf(wordsOf(start[1]) ?? []), WEBHOOK_FLAG);
  if (value !== undefined && value !== webhook.kubeconfig && !webhook.replace) throw otherWebhook(value, "it has");
  return { after: linesOf(before).join("\n") === linesOf(after).join("\n") ? before : after };
}

/** The lines of the only ExecStart of a unit, which starts kube-apiserver. */
function execStartOf({ path, text }: UnitTexts): readonly string[] {
  if (text.includes("\r")) throw new Unclear(`"${path}" has lines that end with a carriage return`);
  const lines = text.split("\n");
  const starts = lines.flatMap((line, at) => EXEC_START.test(line) ? [at] : []);
  const [start] = starts;
  if (start === undefined || starts.length > 1 || !PROGRAM.test(lines[start]!)) {
    throw new Unclear(`"${path}" has not one ExecStart= that begins with kube-apiserver`);
  }
  const end = lines.findIndex((line, at) => at >= start && !isComment(line) && !isContinued(line));
  return lines.slice(start, end < 0 ? undefined : end + 1);
}

/** @throws {Unclear} if something else decides over the command, or cannot be read */
function assertSole(unit: UnitTexts): void {
  for (const [path, text] of unit.dropIns) {
    if (text.split("\n").some((line) => EXEC_START.test(line))) {
      throw new Unclear(`"${path}" sets ExecStart=, too`, { reason: "other_file" });
    }
  }
  for (const { path, isOptional } of environmentFilesOf(textsOf(unit))) {
    if (unit.environment.has(path)) continue;
    if (!isOptional || isPattern(path)) {
      throw new Unclear(`"${unit.path}" takes variables from "${path}", which cannot be read`);
    }
  }
  const isRead = textsOf(unit).flatMap(settingsOf).every(([key, value]) => key !== "Environment" || wordsOf(value));
  const words = isRead ? commandOf(unit) : undefined;
  if (words === undefined) {
    throw new Unclear(
      `"${unit.path}" has an open quote, or an escape that systemd does not know, in ExecStart= or Environment=`,
    );
  }
  if (words.includes(";")) throw new Unclear(`"${unit.path}" has an ExecStart= of several commands`);
}

function dropIn(unit: string, lines: readonly string[], kubeconfig: string): string {
  const flag = `--${WEBHOOK_FLAG}=${kubeconfig}`;
  const command = [...lines.slice(0, -1), lines.at(-1)!.replace(/[ \t]*$/, " \\"), `  ${flag}`];
  const text = [
    `# Made by "ram-auth apiserver configure" from ${unit}; run it again after a change there.`,
    "[Service]",
    "ExecStart=",
    ...command,
    "",
  ].join("\n");
  const [old] = settingsOf(lines.join("\n"));
  const [, start, ...rest] = settingsOf(text);
  const wanted = [...wordsOf(old?.[1] ?? "") ?? [], flag];
  if (rest.length > 0 || JSON.stringify(wordsOf(start?.[1] ?? "")) !== JSON.stringify(wanted)) {
    throw new Unclear(`the ExecStart= of "${unit}" does not let a flag be added alone`);
  }
  return text;
}
