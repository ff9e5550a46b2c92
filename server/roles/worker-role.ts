import type { Settings } from '#server/domain/settings.ts'
import { claimInstallation, composeFoundation, type Foundation } from '#server/compose.ts'
import { composeProviders } from '#server/compose-providers.ts'
import { complain } from '#server/worker/complain.ts'
import { createDescribeModels } from '#server/worker/describe-models.ts'
import { createLoneWorkers } from '#server/worker/lone-workers.ts'
import { refreshCatalogue, type CatalogueDependencies } from '#server/worker/refresh-catalogue.ts'
import { sweepUntil } from '#server/worker/sweep-until.ts'
import { wait } from '#server/worker/wait.ts'
import { createWorker } from '#server/worker/worker.ts'
import { DRAIN_MS, KILL_AFTER_MS } from './drain-time.ts'
import { startLoneWorker } from './lone-worker-role.ts'
import { listenForEnd, tellReady, waitForWork } from './supervisor-link.ts'

const CATALOGUE_CHECK_MS = 15_000

/**
 * Runs one worker until it is asked to end, and gives back what it could not finish. One that stands by gets ready, and
 * takes nothing until its supervisor says so.
 */
export async function runWorkerRole(
  settings: Settings,
  workerId: string,
  script: string,
  standsBy: boolean,
): Promise<number> {
  const { drain, stop } = listenForEnd()
  if (!process.send) (await claimInstallation(settings))?.release()
  await using foundation = await composeFoundation(settings, { name: `worker-${process.pid}`, followsLog: false })
  const providers = await composeProviders(settings)
  if (standsBy) {
    const work = waitForWork(drain)
    tellReady()
    if (!(await work)) return 0
  }
  const describe = createDescribeModels(settings)
  const worker = createWorker({
    ...foundation,
    workerId,
    providers,
    describe,
    generationTimeoutMs: settings.generationTimeoutMs,
    maxRunningPerUser: settings.limits.maxRunningPerUser,
  })
  const catalogue = keepCatalogue({ ...foundation, providers, describe }, drain)
  // Under a supervisor these are the supervisor's tasks.
  const upkeep = process.send ? undefined : keepUp(foundation, script, drain)
  const running = worker.run(drain)
  if (!standsBy) tellReady()
  drain.addEventListener('abort', () => void wait(DRAIN_MS, stop).then(() => worker.handOver()), { once: true })
  await running
  await Promise.all([catalogue, upkeep])
  return 0
}

async function keepUp(foundation: Foundation, script: string, signal: AbortSignal): Promise<void> {
  const startLone = (workerId: string) => startLoneWorker(script, workerId)
  const lone = createLoneWorkers({ ...foundation, startLoneWorker: startLone })
  await Promise.all([sweepUntil(signal, foundation), lone.run(signal)])
  await lone.stop({ kind: 'drain' }, DRAIN_MS + KILL_AFTER_MS)
}

async function keepCatalogue(
  deps: CatalogueDependencies & Pick<Foundation, 'doorbell' | 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  const onSaved = () => deps.doorbell.ring({ kind: 'models' })
  const notBefore = deps.clock.now()
  do {
    try {
      await refreshCatalogue({ ...deps, onSaved, notBefore }, signal)
    } catch (error) {
      complain(deps.logger, error, 'model lists could not be refreshed')
    }
  } while (await wait(CATALOGUE_CHECK_MS, signal))
}
