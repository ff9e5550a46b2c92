import { Agent, get } from 'node:http'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { spreadOf, type Spread } from '../percentile.ts'

const EVERY_MS = 20

/**
 * Asks the server whether it lives, every 20 ms whether or not it has answered before, and returns how long the answers
 * took: a server that is busy for a second shows in fifty of them.
 */
export async function watchHealth(port: number, untilMs: number): Promise<Spread> {
  const agent = new Agent({ keepAlive: true })
  const answers: Promise<number>[] = []
  for (let atMs = monotonicMs(); atMs < untilMs; atMs += EVERY_MS) {
    await sleepUntil(atMs)
    answers.push(ask(agent, port, atMs))
  }
  const tookMs = await Promise.all(answers)
  agent.destroy()
  return spreadOf(tookMs)
}

function ask(agent: Agent, port: number, startMs: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  get({ agent, port, host: '127.0.0.1', path: '/api/v1/health/live' }, (response) => {
    response.resume().on('end', () => {
      if (response.statusCode === 200) resolve(monotonicMs() - startMs)
      else reject(new Error(`the server does not live: status ${response.statusCode}`))
    })
  }).on('error', reject)
  return promise
}
