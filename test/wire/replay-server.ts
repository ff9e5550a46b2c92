import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { WIRE_FOLDER } from './recordings.ts'

/** The replay server of the recordings, as a child process on a free port. */
export interface ReplayServer extends AsyncDisposable {
  /** Without a trailing slash or path. */
  url: string
  stats(): Promise<ReplayStats>
  /** The last requests, oldest first. */
  log(): Promise<ReplayLogEntry[]>
  reset(): Promise<void>
}

export interface ReplayStats {
  requests: number
  active: number
  completed: number
  aborted: number
  server_resets: number
  not_found: number
  wire_mismatch: number
  per: Record<string, { requests: number; completed: number; aborted: number; sent_bytes: number }>
}

export interface ReplayLogEntry {
  id: string
  path: string
  body: string
  has_auth: boolean
  outcome: 'open' | 'completed' | 'aborted' | 'server_reset' | 'not_found' | 'wire_mismatch'
  sent: number
}

export async function startReplayServer(): Promise<ReplayServer> {
  const child = spawn(process.execPath, [`${WIRE_FOLDER}replay.mjs`, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = once(createInterface({ input: child.stdout }), 'line')
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the replay server ended before it was ready')))
  const [line]: string[] = await Promise.race([ready, died])
  died.catch(() => {})
  const url = /http:\/\/\S+/.exec(line ?? '')?.[0]
  if (url === undefined) throw new Error(`the replay server said: ${line}`)
  return {
    url,
    stats: () => getJson<ReplayStats>(`${url}/_stats`),
    log: () => getJson<ReplayLogEntry[]>(`${url}/_log`),
    async reset() {
      await fetch(`${url}/_reset`, { method: 'POST' })
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url)
  return JSON.parse(await response.text())
}
