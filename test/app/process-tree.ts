import { readFileSync } from 'node:fs'

/** The direct children of a process that lives, from `/proc`. */
export function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** The arguments with which a process was started; empty when it has gone. */
export function commandOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split('\0')
}

/** False also for a process that has ended and was not yet waited for. */
export function isAlive(pid: number): boolean {
  const state = /^\d+ \(.*\) (\S)/s.exec(read(`/proc/${pid}/stat`))?.[1]
  return state !== undefined && state !== 'Z'
}

/** Processor time that a process has used so far, in hundredths of a second; 0 when it has gone. */
export function processorTicks(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

/** Sends a signal; a process that has gone needs none. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  if (pid > 0 && isAlive(pid)) process.kill(pid, signal)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
