import { composeFoundation } from '#server/compose.ts'
import { composeProviders } from '#server/compose-providers.ts'
import type { Settings } from '#server/domain/settings.ts'
import { startChild, type Child } from '#server/worker/child.ts'
import { createDescribeModels } from '#server/worker/describe-models.ts'
import { wait } from '#server/worker/wait.ts'
import { createWorker } from '#server/worker/worker.ts'
import { DRAIN_MS } from './drain-time.ts'
import { listenForEnd } from './supervisor-link.ts'

/** Runs last attempts one after another until there are no more, or until it is asked to end. */
export async function runLoneWorkerRole(settings: Settings, workerId: string): Promise<number> {
  const { drain, stop } = listenForEnd()
  await using foundation = await composeFoundation(settings, { name: `lone-${process.pid}`, followsLog: false })
  const worker = createWorker({
    ...foundation,
    workerId,
    providers: await composeProviders(settings),
    describe: createDescribeModels(settings),
    generationTimeoutMs: settings.generationTimeoutMs,
    maxRunningPerUser: settings.limits.maxRunningPerUser,
    lone: true,
  })
  drain.addEventListener('abort', () => void wait(DRAIN_MS, stop).then(() => worker.handOver()), { once: true })
  await worker.run(drain)
  return 0
}

/** Starts the role above as a child of this process. */
export function startLoneWorker(script: string, workerId: string): Child {
  return startChild({ script, arguments: ['worker', workerId, 'lone'] }, () => {})
}
