/**
 * Completion for zsh: a file for its `fpath`, which can be sourced too.
 *
 * @module
 */

import { type Command, commands, firstWords, type Flag, secondWords, type Taken } from "./vocabulary.ts";

/** The file `_ram-auth`. */
export function zshScript(): string {
  const groups = firstWords().map(({ word }) => word).filter((word) => secondWords(word).length > 0);
  return `#compdef ram-auth
# Completion of ram-auth for zsh. Made by: ram-auth completion zsh
_ram-auth() {
  local command=$words[2]
  local -a found
  if (( CURRENT == 2 )) || { [[ $command == help ]] && (( CURRENT == 3 )) }; then
    found=(${described(firstWords())})
    _describe -t commands command found
    return
  fi
  case $command in
${
    groups.map((group) =>
      `    ${group})
      if (( CURRENT == 3 )); then
        found=(${described(secondWords(group))})
        _describe -t commands command found
        return
      fi
      command="$command $words[3]"
      shift words
      (( CURRENT-- )) ;;
`
    ).join("")
  }  esac
  shift words
  (( CURRENT-- ))
  case $command in
${commands().map(ofCommand).join("")}  esac
}
if [[ $funcstack[1] == _ram-auth ]]; then _ram-auth "$@"; else compdef _ram-auth ram-auth; fi
`;
}

function described(words: readonly { readonly word: string; readonly help: string }[]): string {
  return words.map(({ word, help }) => quoted(`${word}:${help}`)).join(" ");
}

function ofCommand({ words, flags, argument }: Command): string {
  const specs = [
    ...flags.flatMap(ofFlag),
    ...(argument.kind === "nothing" ? [] : [quoted(`*: :${action(argument)}`)]),
  ];
  return `    ${quoted(words.join(" "))})
      _arguments -s ${specs.join(" \\\n        ")} ;;
`;
}

/** Each spelling is one of `_arguments`, which offers none of the others once one is there. */
function ofFlag({ names, help, takes }: Flag): string[] {
  const isList = takes.kind === "choice" && takes.isList;
  const others = isList || names.length === 1 ? "" : `(${names.join(" ")})`;
  return names.map((name) => {
    if (takes.kind === "nothing") return quoted(`${others}${name}[${escaped(help)}]`);
    const mark = name.startsWith("--") ? "=" : "+";
    return quoted(`${isList ? "*" : others}${name}${mark}[${escaped(help)}]: :${action(takes)}`);
  });
}

function action(takes: Taken): string {
  switch (takes.kind) {
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "choice":
      return takes.isList ? `_values -s , value ${takes.values.join(" ")}` : `(${takes.values.join(" ")})`;
    default:
      return " ";
  }
}

function escaped(help: string): string {
  return help.replace(/[[\]\\]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
