import { readFileSync } from 'node:fs'
import { processTree } from './process-usage.ts'

/** The processes of one server, by what they do. */
export interface ServerProcesses {
  supervisor: number
  api: number
  workers: number[]
}

/** Finds them by their command lines. Throws while there is no API. */
export function findServerProcesses(supervisor: number): ServerProcesses {
  const children = processTree(supervisor).slice(1)
  const withRole = (role: string) => children.filter((pid) => argumentsOf(pid).includes(role))
  const [api] = withRole('api')
  if (api === undefined) throw new Error('the server has no API process')
  return { supervisor, api, workers: withRole('worker') }
}

/** Empty when the process has gone. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
