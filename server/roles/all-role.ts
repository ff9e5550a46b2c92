import { claimInstallation, composeFoundation } from '#server/compose.ts'
import { MillraceError } from '#server/domain/errors.ts'
import type { Settings } from '#server/domain/settings.ts'
import { startChild } from '#server/worker/child.ts'
import { supervise } from '#server/worker/supervisor.ts'
import { DRAIN_MS, KILL_AFTER_MS } from './drain-time.ts'
import { startLoneWorker } from './lone-worker-role.ts'
import { listenForEnd } from './supervisor-link.ts'

/** Prepares the data folder, then runs the API and the workers as processes of their own. Resolves with the exit code. */
export async function runAllRole(settings: Settings, script: string): Promise<number> {
  const lock = await claimInstallation(settings)
  if (!lock) {
    const sentence = `Another Millrace already runs on the data folder ${settings.dataDir}. Stop it, or choose another folder: DATA_DIR=./data-2 npm start`
    throw new MillraceError('unusable-installation', sentence)
  }
  const { drain, stop } = listenForEnd()
  await using foundation = await composeFoundation(settings, { name: `supervisor-${process.pid}`, followsLog: false })
  return await supervise(
    {
      ...foundation,
      workers: settings.workers,
      drainMs: DRAIN_MS,
      killAfterMs: KILL_AFTER_MS,
      startApi: (onMessage) => startChild({ script, arguments: ['api'] }, onMessage),
      startWorker: (workerId, onMessage) => startChild({ script, arguments: ['worker', workerId] }, onMessage),
      startSpareWorker: settings.spareWorker
        ? (workerId, onMessage) => startChild({ script, arguments: ['worker', workerId, 'standby'] }, onMessage)
        : undefined,
      startLoneWorker: (workerId) => startLoneWorker(script, workerId),
    },
    drain,
    stop,
  )
}
