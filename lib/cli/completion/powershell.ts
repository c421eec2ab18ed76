/**
 * Completion for PowerShell, from version 5.1 on.
 *
 * @module
 */

import { commands, firstWords, secondWords, type Taken } from "./vocabulary.ts";

/** The script to run in a profile. */
export function powershellScript(): string {
  return `# Completion of ram-auth for PowerShell. Made by: ram-auth completion powershell
Register-ArgumentCompleter -Native -CommandName 'ram-auth', 'ram-auth.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # A word, what it is, and what a flag takes: $null for a switch, an array for a choice, 'file' for a path.
    $first = @(
${firstWords().map((word) => `${rowOf(word)}\n`).join("")}    )
    $commands = @{
${
    firstWords().map(({ word }) => word).filter((word) => secondWords(word).length > 0).map((group) =>
      `        ${quoted(group)} = @(\n${secondWords(group).map((word) => `    ${rowOf(word)}\n`).join("")}        )\n`
    ).join("")
  }${
    commands().map(({ words, flags }) =>
      `        ${quoted(words.join(" "))} = @(\n${
        flags.flatMap(({ names, help, takes }) => names.map((word) => `    ${rowOf({ word, help, takes })}\n`)).join("")
      }        )\n`
    ).join("")
  }    }

    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($words.Count -eq 0 -or ($words.Count -eq 1 -and $words[0] -eq 'help')) {
        $rows = $first
    } else {
        $name = $words[0]
        if ($words.Count -gt 1 -and $commands.ContainsKey("$($words[0]) $($words[1])")) { $name = "$($words[0]) $($words[1])" }
        $rows = $commands[$name]
        $flag, $start = $words[-1], ''
        if ($wordToComplete -match '^(--[^=]+=)(.*)$') {
            $flag, $start = $Matches[1].TrimEnd('='), $Matches[1]
        }
        $row = $rows | Where-Object { $_[0] -ceq $flag } | Select-Object -First 1
        if ($row -and $row[2] -eq 'file') { return }
        if ($row -and $row[2]) {
            $rows = @($row[2] | Where-Object { $_ -ne 'text' } | ForEach-Object { , @("$start$_", $_, $null) })
        }
    }
    $rows | Where-Object { $_ -and $_[0] -like "$wordToComplete*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
    }
}
`;
}

function rowOf({ word, help, takes = { kind: "nothing" } }: {
  readonly word: string;
  readonly help: string;
  readonly takes?: Taken;
}): string {
  return `        , @(${quoted(word)}, ${quoted(help)}, ${taken(takes)})`;
}

function taken(takes: Taken): string {
  switch (takes.kind) {
    case "nothing":
      return "$null";
    case "text":
      return "'text'";
    case "file":
    case "folder":
      return "'file'";
    case "choice":
      return `@(${takes.values.map(quoted).join(", ")})`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
