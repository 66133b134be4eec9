/** Network namespaces: this process's own, and what can be known of another. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** Names this process's network namespace: the inode of its handle. */
export const netNamespace = (): number => statSync('/proc/self/ns/net').ino;

/** Names the namespace of the processes that this one can see. */
export const pidNamespace = (): number => statSync('/proc/self/ns/pid').ino;

/** The first pid namespace, from which every process is seen: PROC_PID_INIT_INO of linux/proc_ns.h. */
const initialPidNamespace = 0xeffffffc;

/**
 * Whether a network namespace that a process of `inPidNamespace` used still exists: some process lives in
 * it, or it is mounted under a name. `unknown` where there may be processes that this one can't look at.
 */
export function findNamespace(inode: number, inPidNamespace: number): 'there' | 'gone' | 'unknown' {
  const name = `net:[${inode}]`;
  if (readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${name} `)) return 'there';
  const ours = pidNamespace();
  let seesAll = ours === initialPidNamespace || ours === inPidNamespace;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) === name) return 'there';
    } catch (error) {
      // A process that has ended meanwhile hides nothing.
      if ((error as NodeJS.ErrnoException).code === 'EACCES') seesAll = false;
    }
  }
  return seesAll ? 'gone' : 'unknown';
}
