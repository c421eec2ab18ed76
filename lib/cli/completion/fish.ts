/**
 * Completion for fish.
 *
 * @module
 */

import { type Command, commands, firstWords, type Flag, secondWords, type Taken } from "./vocabulary.ts";

/** The file `ram-auth.fish`. */
export function fishScript(): string {
  const groups = firstWords().map(({ word }) => word).filter((word) => secondWords(word).length > 0);
  return `# Completion of ram-auth for fish. Made by: ram-auth completion fish
# Whether the words before the cursor are as many as the first argument says, if it is not 0, and begin with the others.
function __ram_auth_at
    set -l words (commandline -opc)
    test $argv[1] -eq 0; or test (count $words) -eq $argv[1]; or return 1
    set -e words[1] argv[1]
    test (count $words) -ge (count $argv); or return 1
    for at in (seq (count $argv))
        test "$words[$at]" = "$argv[$at]"; or return 1
    end
end
complete -c ram-auth -f
${offered("__ram_auth_at 1", firstWords())}${offered("__ram_auth_at 2 help", firstWords())}${
    groups.map((group) => offered(`__ram_auth_at 2 ${group}`, secondWords(group))).join("")
  }${commands().map(ofCommand).join("")}`;
}

function offered(when: string, words: readonly { readonly word: string; readonly help: string }[]): string {
  return words.map(({ word, help }) => `complete -c ram-auth -n ${quoted(when)} -a ${word} -d ${quoted(help)}\n`).join(
    "",
  );
}

function ofCommand({ words, flags, argument }: Command): string {
  const when = `complete -c ram-auth -n ${quoted(`__ram_auth_at 0 ${words.join(" ")}`)}`;
  const lines = flags.map((flag) => `${when} ${spellings(flag)}${taking(flag.takes)} -d ${quoted(flag.help)}\n`);
  switch (argument.kind) {
    case "file":
      return [...lines, `${when} -F\n`].join("");
    case "choice":
      return [...lines, `${when} -a ${quoted(argument.values.join(" "))}\n`].join("");
    default:
      return lines.join("");
  }
}

function spellings({ names }: Flag): string {
  return names.map((name) => name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`).join(" ");
}

function taking(takes: Taken): string {
  switch (takes.kind) {
    case "nothing":
      return "";
    case "text":
      return " -x";
    case "file":
      return " -r -F";
    case "folder":
      return " -x -a '(__fish_complete_directories)'";
    case "choice":
      return takes.isList
        ? ` -x -a ${quoted(`(__fish_append , ${takes.values.join(" ")})`)}`
        : ` -x -a ${quoted(takes.values.join(" "))}`;
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
