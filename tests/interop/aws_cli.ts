/**
 * The real AWS CLI over many homes: one process of its Python, which forks for each, because to load it takes most of the
 * time of a call.
 *
 * @module
 */

/** One call of the program. */
export interface AwsCall {
  readonly args: readonly string[];
  /** All of its environment; `HOME` among it. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a call ended. */
export interface AwsResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The folders of its caches are settled when the modules are loaded, for the home of that moment. */
const RUNNER = `
import contextlib, functools, io, json, os, signal, sys, tempfile, traceback
import awscli.clidriver, awscli.handlers, awscli.customizations.assumerole
import awscli.botocore.credentials, awscli.botocore.loaders, awscli.botocore.tokens

Loader = awscli.botocore.loaders.JSONFileLoader
Loader.load_file = functools.lru_cache(maxsize=None)(Loader.load_file)
JSON_FILES = Loader()
awscli.botocore.loaders.Loader.FILE_LOADER_CLASS = lambda: JSON_FILES

DATA_PATH = os.environ["AWS_DATA_PATH"]

def run(call):
    os.environ.clear()
    os.environ.update(call["env"], AWS_DATA_PATH=DATA_PATH)
    home = os.environ["HOME"]
    sso = os.path.join(home, ".aws", "sso", "cache")
    awscli.customizations.assumerole.CACHE_DIR = os.path.join(home, ".aws", "cli", "cache")
    for name, module in list(sys.modules.items()):
        for owner in ("SSOProvider", "SSOTokenProvider"):
            if name.endswith(("botocore.credentials", "botocore.tokens")) and hasattr(module, owner):
                getattr(module, owner)._SSO_TOKEN_CACHE_DIR = sso
    sys.argv = ["aws"] + call["args"]
    return awscli.clidriver.create_clidriver().main(call["args"])

def forked(call):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            signal.alarm(30)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            code = 255
            try:
                code = run(call)
                sys.stdout.flush()
                sys.stderr.flush()
            except Exception:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        return {"code": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]}

WARM = {"HOME": "/not/there", "AWS_ACCESS_KEY_ID": "MADEUP", "AWS_SECRET_ACCESS_KEY": "MadeUp",
        "AWS_DEFAULT_REGION": "us-east-1", "PATH": os.environ["PATH"]}
with contextlib.redirect_stdout(io.StringIO()):
    run({"env": WARM, "args": ["eks", "get-token", "--cluster-name", "c"]})

print(json.dumps([forked(call) for call in json.load(sys.stdin)]))
`;

/** Makes the calls, one after the other, and brings their results in the same order. */
export async function callAws(calls: readonly AwsCall[]): Promise<readonly AwsResult[]> {
  const child = new Deno.Command(await python(), {
    args: ["-c", RUNNER],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(calls)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`The AWS CLI cannot be run: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The interpreter that `aws` names in its first line. */
async function python(): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const text = await Deno.readTextFile(`${folder}/aws`).catch(() => "");
    const interpreter = /^#!(\S*python\S*)/.exec(text)?.[1];
    if (interpreter !== undefined) return interpreter;
  }
  throw new Error('"aws" on the PATH is not a Python program');
}
