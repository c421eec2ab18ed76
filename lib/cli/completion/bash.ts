/**
 * Completion for bash, from version 3.2 on, without the package `bash-completion`.
 *
 * @module
 */

import { type Command, commands, firstWords, secondWords, type Taken } from "./vocabulary.ts";

/** The script to source. */
export function bashScript(): string {
  const groups = firstWords().map(({ word }) => word).filter((word) => secondWords(word).length > 0);
  return `# Completion of ram-auth for bash. Made by: ram-auth completion bash
_ram_auth() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command=\${COMP_WORDS[1]} words= list=
  # bash parts words at "=", too.
  if [ "$cur" = = ]; then cur=; elif [ "$prev" = = ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] || { [ "$command" = help ] && [ "$COMP_CWORD" -eq 2 ]; }; then
    COMPREPLY=($(compgen -W ${quoted(firstWords().map(({ word }) => word))} -- "$cur"))
    return
  fi
  case $command in
    ${groups.join("|")})
      if [ "$COMP_CWORD" -gt 2 ]; then command="$command \${COMP_WORDS[2]}"; fi ;;
  esac
  case $command in
${groups.map((group) => `    ${group}) words=${quoted(secondWords(group).map(({ word }) => word))} ;;\n`).join("")}${
    commands().map(ofCommand).join("")
  }  esac
  if [ -n "$list" ]; then
    compopt -o nospace 2>/dev/null
    case $cur in
      *,*) COMPREPLY=($(compgen -P "\${cur%,*}," -W "$list" -- "\${cur##*,}")) ;;
      *) COMPREPLY=($(compgen -W "$list" -- "$cur")) ;;
    esac
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
  # Otherwise bash offers files where nothing fits.
  compopt +o default 2>/dev/null
}
complete -o default -F _ram_auth ram-auth
`;
}

function ofCommand({ words, flags, argument }: Command): string {
  const all = flags.flatMap(({ names }) => names);
  const rows = flags.flatMap(({ names, takes }) =>
    takes.kind === "nothing" ? [] : [`        ${names.join("|")}) ${offer(takes)} ;;\n`]
  );
  const otherwise = argument.kind === "nothing"
    ? `words=${quoted(all)}`
    : `case $cur in -*) words=${quoted(all)} ;; *) ${offer(argument)} ;; esac`;
  return `    ${quoted(words)})
      case $prev in
${rows.join("")}        *) ${otherwise} ;;
      esac ;;
`;
}

function offer(takes: Taken): string {
  switch (takes.kind) {
    case "file":
    case "folder":
      return "return";
    case "choice":
      return `${takes.isList ? "list" : "words"}=${quoted(takes.values)}`;
    default:
      return "words=";
  }
}

function quoted(words: readonly string[]): string {
  return `'${words.join(" ")}'`;
}
