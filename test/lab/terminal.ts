/** A command on a terminal of its own, and a human who reads what it asks and types. */
import { spawn } from 'node:child_process';

/** Python's pty: the child is the leader of a session whose terminal it is, so a Ctrl-C reaches it as from a keyboard. */
const human = `
import json, os, pty, select, sys, time
command, steps, env, within = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(env)
    os.execvp(command[0], command)
said, read = b'', 0
deadline = time.monotonic() + within
def more():
    global said
    if time.monotonic() > deadline:
        os.kill(pid, 9)
        raise TimeoutError('waited in vain; it said: ' + said.decode(errors='replace'))
    if select.select([fd], [], [], 0.2)[0]:
        try: data = os.read(fd, 65536)
        except OSError: data = b''
        if not data: return False
        said += data
    return True
for expected, typed in steps:
    while expected.encode() not in said[read:]:
        if not more(): break
    found = said.find(expected.encode(), read)
    if found < 0:
        print(json.dumps({'code': None, 'said': said.decode(errors='replace'), 'missed': expected})); sys.exit()
    read = found + len(expected.encode())
    os.write(fd, typed.encode())
while more(): pass
_, status = os.waitpid(pid, 0)
print(json.dumps({'code': os.waitstatus_to_exitcode(status), 'said': said.decode(errors='replace')}))
`;

export interface Spoken {
  readonly code: number | null;
  readonly said: string;
  /** What was waited for in vain. */
  readonly missed?: string;
}

/** Runs a command; types the second of each pair once the first was read. */
export async function converse(
  command: readonly string[],
  steps: readonly (readonly [expected: string, typed: string])[],
  { env = {}, withinMs = 60_000 }: { env?: Readonly<Record<string, string>>; withinMs?: number } = {},
): Promise<Spoken> {
  const child = spawn('python3', ['-c', human], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(JSON.stringify([command, steps, env, withinMs / 1000]));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as Spoken;
}

/** What a keyboard sends. */
export const keys = { enter: '\r', ctrlC: '\x03', ctrlD: '\x04' } as const;
