import assert from "node:assert/strict";
import { commands, firstWords, secondWords } from "../../../lib/cli/completion/vocabulary.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import type { CommandName } from "../../../lib/config/option.ts";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { testNeeding } from "../../support/needs.ts";

/** What is typed, the last of it being completed, and what a shell offers. */
const TYPED: readonly { readonly line: readonly string[]; readonly offers: readonly string[] }[] = [
  { line: ["tok"], offers: ["token"] },
  { line: ["ad"], offers: ["add"] },
  { line: ["help", "kub"], offers: ["kubeconfig"] },
  { line: ["add", ""], offers: ["role", "user"] },
  { line: ["eks", "g"], offers: ["get-token"] },
  { line: ["token", "--clo"], offers: ["--cloud"] },
  { line: ["token", "--cloud", ""], offers: ["alibaba", "aws"] },
  { line: ["token", "-i", "c1", "--cloud", "al"], offers: ["alibaba"] },
  { line: ["kubeconfig", "--no-sw"], offers: ["--no-switch"] },
  { line: ["eks", "get-token", "--cluster-n"], offers: ["--cluster-name"] },
  { line: ["completion", "f"], offers: ["fish"] },
  { line: ["manifests", "static"], offers: ["static-pod"] },
  { line: ["nothing", ""], offers: [] },
  { line: ["token", "--server"], offers: [] },
];

/** Files beside which a file is completed. */
const FILES = ["config.yaml", "config.json"];

/** What shells offer for files. */
const TYPED_FILES: readonly (readonly string[])[] = [["token", "--config", "conf"], ["check", "conf"]];

async function script(shell: string): Promise<string> {
  const world = fakeWorld();
  assert.equal(await run(["completion", shell], world), 0, world.err());
  return world.out();
}

/** Runs a shell with this script and the one of ram-auth in a folder with some files, and gives the words that it prints. */
async function offered(shell: string, args: readonly string[], completion: string): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "completion-" });
  try {
    await Deno.writeTextFile(`${folder}/script`, completion);
    for (const file of FILES) await Deno.writeTextFile(`${folder}/${file}`, "");
    const { stdout, stderr } = await new Deno.Command(shell, {
      args: [...args],
      cwd: folder,
      env: { HOME: folder, XDG_CONFIG_HOME: folder, TERM: "dumb" },
      stdin: "null",
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    return lines.filter((line) => line !== "script").toSorted();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what shells offer is what the commands take", async () => {
  for (const { words, flags } of commands()) {
    for (const { names, takes } of flags) {
      for (const name of names) {
        const value = takes.kind === "nothing" ? [] : takes.kind === "choice" ? [takes.values[0]!] : ["x"];
        await parseFlags(words.join(" ") as CommandName, [name, ...value]);
      }
    }
  }
  assert.ok(firstWords().some(({ word }) => word === "help"));
  assert.deepEqual(secondWords("deny").map(({ word }) => word), ["add", "remove", "list"]);
});

Deno.test("ram-auth completion names the shells that it knows", async () => {
  const world = fakeWorld();
  assert.equal(await run(["completion", "tcsh"], world), 2);
  assert.match(world.err(), /bash, zsh, fish(?:,| or) powershell/);
});

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");

testNeeding(["bash"], "bash completes commands, options, values and files", async () => {
  const completion = await script("bash");
  const complete = (line: readonly string[]) => {
    const typed = `COMP_WORDS=(ram-auth ${quoted(line)}); COMP_CWORD=${line.length}; _ram_auth`;
    // Where nothing is offered, bash asks readline for files; here a stand-in does.
    const program = `. ./script; compopt() { default=; }; default=1; ${typed}
      if [ "\${#COMPREPLY[@]}" -eq 0 ] && [ -n "$default" ]; then compgen -f -- ${quoted(line.slice(-1))}
      else printf '%s\\n' "\${COMPREPLY[@]}"; fi`;
    return offered("bash", ["--noprofile", "--norc", "-uc", program], completion);
  };
  for (const { line, offers } of TYPED) assert.deepEqual(await complete(line), offers, line.join(" "));
  for (const line of TYPED_FILES) assert.deepEqual(await complete(line), FILES.toSorted(), line.join(" "));
  assert.deepEqual(await complete(["token", "--cloud", "=", "al"]), ["alibaba"]);
  assert.deepEqual(await complete(["token", "--cloud", "="]), ["alibaba", "aws"]);
  assert.deepEqual(await complete(["server", "--clouds", "aws,al"]), ["aws,alibaba"]);
  assert.deepEqual(await complete(["token", "--role", ""]), []);
});

testNeeding(["fish"], "fish completes commands, options, values and files", async () => {
  const completion = await script("fish");
  const complete = async (line: readonly string[]) => {
    const program = `source ./script; complete -C ${quoted([`ram-auth ${line.join(" ")}`])}`;
    return (await offered("fish", ["--no-config", "-c", program], completion)).map((word) => word.split("\t")[0]!);
  };
  for (const { line, offers } of TYPED) assert.deepEqual(await complete(line), offers, line.join(" "));
  for (const line of TYPED_FILES) assert.deepEqual(await complete(line), FILES.toSorted(), line.join(" "));
  assert.deepEqual(await complete(["token", "--cloud=al"]), ["--cloud=alibaba"]);
  assert.deepEqual(await complete(["server", "--clouds", "aws,al"]), ["aws,alibaba"]);
  assert.deepEqual(await complete(["token", "--role", ""]), []);
});

/** Starts a zsh on a terminal of its own, presses Tab behind each line there, and prints what completion would add. */
const ZSH = (lines: readonly string[]) =>
  `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -D -u; source ./script; mkdir state
compadd() {
  [[ -n \${@[(r)-[AOD]]} ]] && { builtin compadd "$@"; return }
  local -a found; builtin compadd -A found "$@"; print -rl -- $found >>state/found
}
press-tab() { zle complete-word; zle kill-buffer; print >state/done }
zle -N press-tab; bindkey "^I" press-tab; print >state/done'
wait-for-shell() {
  repeat 3000; do [[ -e state/done ]] && break; zpty -r -t shell drop; sleep 0.02; done
  rm state/done || exit 1
}
wait-for-shell
for line in ${quoted(lines)}; do
  zpty -w -n shell $line$'\\t'
  wait-for-shell
  print -r -- "$line> $(sort -u state/found 2>&- | tr '\\n' ' ')"
  rm -f state/found
done
zpty -d shell`;

testNeeding(["zsh"], "zsh completes commands, options, values and files", async () => {
  const want = new Map([
    ...TYPED.map(({ line, offers }) => [`ram-auth ${line.join(" ")}`, offers] as const),
    ...TYPED_FILES.map((line) => [`ram-auth ${line.join(" ")}`, FILES.toSorted()] as const),
    ["ram-auth token --cloud=al", ["alibaba"]],
    ["ram-auth token --role ", []],
  ]);
  const completion = await script("zsh");
  const printed = await offered("zsh", ["-f", "-c", ZSH([...want.keys()])], completion);
  const found = new Map(printed.map((line) => line.split("> ") as [string, string]));
  for (const [line, offers] of want) {
    assert.deepEqual(found.get(line)?.split(" ").filter((word) => word !== "").toSorted(), offers, line);
  }
});

testNeeding(["pwsh"], "PowerShell completes commands, options and values", async () => {
  const completion = await script("powershell");
  const complete = (line: readonly string[]) => {
    const typed = `ram-auth ${line.join(" ")}`;
    const program = `. ([scriptblock]::Create((Get-Content -Raw ./script)))
      (TabExpansion2 -inputScript '${typed}' -cursorColumn ${typed.length}).CompletionMatches.CompletionText`;
    return offered("pwsh", ["-NoProfile", "-NonInteractive", "-Command", program], completion);
  };
  for (const { line, offers } of TYPED.filter(({ offers }) => offers.length > 0)) {
    assert.deepEqual(await complete(line), offers, line.join(" "));
  }
});
