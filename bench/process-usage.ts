import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in these units, whatever the machine (`USER_HZ`). */
const TICK_MS = 10
const PAGE_BYTES = 4096

/** A process and all that descend from it, as they are now. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(name)])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** Processor time of all threads of these processes together, user and system. A process that is gone throws. */
export function cpuMs(pids: readonly number[]): number {
  let total = 0
  for (const pid of pids) {
    const stat = readStat(pid)
    if (!stat) throw new Error(`process ${pid} died during the measurement`)
    total += stat.cpuMs
  }
  return total
}

/** Processor time that the whole machine has spent since it started, other than on waiting. */
export function machineCpuMs(): number {
  const [first = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1)
  // Fields of the line `cpu` in proc_stat(5); idle and iowait are left out, and guests are in user already.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq) * TICK_MS
}

/** Resident memory of these processes together; pages that they share count for each. */
export function residentBytes(pids: readonly number[]): number {
  let pages = 0
  for (const pid of pids) pages += Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
  return pages * PAGE_BYTES
}

/** Fields of proc_pid_stat(5); undefined when there is no such process. */
function readStat(pid: number): { parent: number; cpuMs: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field, a name in parentheses, may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS }
  } catch {
    return undefined
  }
}
