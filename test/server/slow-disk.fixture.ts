import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { databaseFile } from '#server/data-folder.ts'
import { createTally } from '../../bench/chaos/tally.ts'
import type { Target } from '../../bench/chaos/target.ts'
import { kill } from '../app/process-tree.ts'
import { startApp, type App } from '../app/start-app.ts'
import { createWitness, type Witness } from '../app/witness.ts'

export const SETTINGS = {
  ALLOW_UNLISTED_MODELS: '1',
  WORKERS: '2',
  HEARTBEAT_MS: '2000',
  REQUESTS_PER_MINUTE: '1000000',
}
const SYNC_MS = 50

export interface SlowServer extends AsyncDisposable {
  app: App
  target: Target
  witness: Witness
  /** Kills everything at once; the clients hear nothing more. */
  pullThePlug(): void
}

/** A server whose syncs are slow and are recorded. */
export async function startOnSlowDisk(): Promise<SlowServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
  const record = join(dataDir, 'syncs')
  writeFileSync(record, '')
  const app = await startApp({
    dataDir,
    env: {
      ...SETTINGS,
      NODE_OPTIONS: `--import=${new URL('../app/record-syncs.ts', import.meta.url).href}`,
      RECORD_SYNCS_TO: record,
      RECORD_SYNCS_OF: databaseFile(dataDir),
      SYNC_MS: String(SYNC_MS),
    },
  })
  const leaving = new AbortController()
  const target = targetOf(app, leaving.signal)
  return {
    app,
    target,
    witness: createWitness(target, record),
    pullThePlug() {
      leaving.abort()
      for (const pid of [app.supervisorPid, app.apiPid(), ...app.workerPids()]) kill(pid, 'SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      leaving.abort()
      await app.stop()
      target.agent.destroy()
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

export function targetOf(app: App, signal: AbortSignal): Target {
  const port = Number(new URL(app.baseUrl).port)
  return { port, agent: new Agent({ keepAlive: true }), tally: createTally(), isDown: () => false, signal }
}

export async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it never came')
    await delay(5)
  }
}
