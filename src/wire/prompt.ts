/**
 * On time beside a busy system: while frames are due at given moments, this thread runs before those of other
 * processes (sched(7), SCHED_FIFO), where the system lets it. It sleeps most of that time.
 */

const SCHED_OTHER = 0;
const SCHED_FIFO = 1;
/** What this process starts meanwhile doesn't inherit it. */
const SCHED_RESET_ON_FORK = 0x40000000;
const lowestPriority = 1;

type Schedule = (policy: number, priority: number) => void;

let scheduling: Promise<Schedule> | undefined;
let tasks = 0;

async function loadSchedule(): Promise<Schedule> {
  if (process.platform !== 'linux') return () => undefined;
  try {
    const { default: koffi } = await import('koffi');
    const set = koffi
      .load(null)
      .func('int sched_setscheduler(int pid, int policy, const int32_t *param)') as unknown as (
      thread: number,
      policy: number,
      parameters: Int32Array,
    ) => number;
    // 0 is the calling thread. Without the right to it (EPERM) nothing changes.
    return (policy, priority) => void set(0, policy, Int32Array.of(priority));
  } catch {
    return () => undefined;
  }
}

/** Runs a task that must be on time. Several may run side by side. */
export async function promptly<T>(task: () => Promise<T>): Promise<T> {
  scheduling ??= loadSchedule();
  const schedule = await scheduling;
  tasks += 1;
  if (tasks === 1) schedule(SCHED_FIFO | SCHED_RESET_ON_FORK, lowestPriority);
  try {
    return await task();
  } finally {
    tasks -= 1;
    if (tasks === 0) schedule(SCHED_OTHER, 0);
  }
}
