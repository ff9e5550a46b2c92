import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf, commandOf, isAlive, kill } from '#test/app/process-tree.ts'
import { startApp, type App } from '#test/app/start-app.ts'
import type { Strike } from './chaos-plan.ts'

const POLL_MS = 20
/** How long a victim may take to be there, and orphans to be gone. */
const PATIENCE_MS = 20_000
const SETTINGS = {
  ALLOW_UNLISTED_MODELS: '1',
  REQUESTS_PER_MINUTE: '100000000',
  MAX_RUNNING_PER_USER: '100000',
  MAX_OPEN_STREAMS: '100000',
  HEARTBEAT_MS: '2000',
}

/** The whole of Millrace on a data folder of its own, started again by its operator when its root was killed. */
export interface StruckServer extends AsyncDisposable {
  port: number
  dataDir: string
  /** Its root was killed, and it was not yet started again. */
  isDown(): boolean
  /** Kills what the strike says, as soon as there is any, and starts again what nothing else would. Returns how many. */
  strike(strike: Strike): Promise<number>
  /** All that it has printed. */
  output(): string
}

export async function startStruckServer(workers: number): Promise<StruckServer> {
  const env = { ...SETTINGS, WORKERS: String(workers) }
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-chaos-'))
  let app: App = await startApp({ env, dataDir })
  const port = Number(new URL(app.baseUrl).port)
  let printed = ''
  let isDown = false

  const childrenAs = (role: string) => childrenOf(app.supervisorPid).filter((pid) => commandOf(pid).includes(role))

  function victims({ kind, picks }: Strike): number[] {
    const [one, other] = picks
    switch (kind) {
      case 'worker':
        return pick(childrenAs('worker'), one)
      case 'api':
        return pick(childrenAs('api'), one)
      case 'two': {
        const all = [...childrenAs('worker'), ...childrenAs('api')]
        const [first] = pick(all, one)
        return first === undefined || all.length < 2
          ? []
          : [
              first,
              ...pick(
                all.filter((pid) => pid !== first),
                other,
              ),
            ]
      }
      case 'everything':
      case 'supervisor':
        return [app.supervisorPid]
    }
  }

  async function startAgain(orphans: readonly number[]): Promise<void> {
    await until(() => !orphans.some(isAlive), 'the children of a killed supervisor live on')
    printed += app.output()
    app = await startApp({ env, dataDir, port })
    isDown = false
  }

  return {
    port,
    dataDir,
    isDown: () => isDown,
    async strike(strike) {
      if (!isAlive(app.supervisorPid)) throw new Error(`the supervisor died by itself; it printed:\n${app.output()}`)
      let pids: number[] = []
      await until(() => (pids = victims(strike)).length > 0, `there is nobody to strike: ${strike.kind}`)
      const isRoot = strike.kind === 'everything' || strike.kind === 'supervisor'
      // So that it starts no child between the look and the kill.
      if (isRoot) kill(app.supervisorPid, 'SIGSTOP')
      isDown = isRoot
      const family = [app.supervisorPid, ...childrenOf(app.supervisorPid)]
      if (strike.kind === 'everything') pids = family
      for (const pid of pids) kill(pid, 'SIGKILL')
      if (isRoot) await startAgain(family)
      return pids.length
    },
    output: () => printed + app.output(),
    async [Symbol.asyncDispose]() {
      await app.stop()
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function pick(pids: readonly number[], share: number): number[] {
  const pid = pids[Math.floor(share * pids.length)]
  return pid === undefined ? [] : [pid]
}

async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(otherwise)
    await delay(POLL_MS)
  }
}
