import { expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { GenerationRequest } from '#server/domain/generation.ts'
import type { JobQueue } from './job-queue.ts'
import type { Store } from './store.ts'

/** A fresh queue of one user. */
export interface TitleJobsScene {
  queue: JobQueue
  store: Store
  now(): number
  /** Queues an answer to this question and returns its id. */
  enqueue(asked?: GenerationRequest, text?: string): Promise<string[]>
}

const LEASE_MS = 10_000
const plenty = { limit: 100, leaseMs: LEASE_MS, maxRunningPerUser: 100 }
const titler = { provider: 'demo', model: 'chat', requestedModel: 'demo/chat' }
const titled: GenerationRequest = { ...titler, parameters: {}, branch: { leafId: 'leaf' }, title: titler }

/** What `JobQueue` promises about generations that write titles. */
export function describeTitleJobs(setScene: () => TitleJobsScene): void {
  const complete = ({ store, now }: TitleJobsScene, id: string) =>
    store.settle(id, { ...emptyAnswer(), status: 'completed' }, now())
  /** A title that waits to be written. */
  async function enqueueTitle(scene: TitleJobsScene, question: string): Promise<void> {
    const [id = ''] = await scene.enqueue(titled, question)
    await scene.queue.claimOne('w1', id, LEASE_MS)
    await complete(scene, id)
  }

  test('titles wait for answers that were asked for later, and do not count in their places', async () => {
    const scene = setScene()
    const { queue, enqueue } = scene
    await enqueueTitle(scene, 'What is a title?')
    const [second = ''] = await enqueue()
    expect(await queue.position(second)).toBe(0)
    expect(await queue.claim('w1', { ...plenty, limit: 1 })).toMatchObject([{ generationId: second }])
    const [job] = await queue.claim('w1', plenty)
    expect(job).toMatchObject({ purpose: 'title', messageId: undefined })
    expect(job?.request).toMatchObject(titler)
  })

  test('a running title takes no place from an answer, but one from another title', async () => {
    const scene = setScene()
    const { queue, enqueue } = scene
    const claim = () => queue.claim('w1', { ...plenty, maxRunningPerUser: 1 })
    for (const question of ['One?', 'Two?']) await enqueueTitle(scene, question)
    expect(await claim()).toMatchObject([{ purpose: 'title' }])
    expect(await claim()).toEqual([])
    const [third = ''] = await enqueue()
    const [fourth] = await enqueue()
    expect(await claim()).toMatchObject([{ generationId: third }])
    expect(await claim()).toEqual([])
    await complete(scene, third)
    expect(await claim()).toMatchObject([{ generationId: fourth }])
  })
}
