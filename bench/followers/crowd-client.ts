/** The process in which the followers of a crowd live. */
import { answerEach } from '../bench-process.ts'
import { createCrowd, type Crowd, type Followed, type Place } from './crowd.ts'

/** Each is a call of `Crowd` and answered with what that returns. */
export type CrowdOrder =
  | { order: 'begin'; followed: Followed }
  | { order: 'attach'; count: number; silent: boolean; from?: Place | undefined }
  | { order: 'shrink-to'; count: number }
  | { order: 'place-after'; tokens: number; capMs: number }
  | { order: 'watch'; fromMs: number; toMs: number }
  | { order: 'wake'; count: number; capMs: number }
  | { order: 'finish'; capMs: number }

let crowd: Crowd | undefined

answerEach<CrowdOrder>(async (message) => {
  if (message.order === 'begin') {
    crowd = createCrowd(message.followed)
    return {}
  }
  if (!crowd) throw new Error('no crowd has begun')
  return (await obey(crowd, message)) ?? {}
})

function obey(current: Crowd, message: Exclude<CrowdOrder, { order: 'begin' }>): unknown {
  switch (message.order) {
    case 'attach':
      return current.attach(message.count, message)
    case 'shrink-to':
      return current.shrinkTo(message.count)
    case 'place-after':
      return current.placeAfter(message.tokens, message.capMs)
    case 'watch':
      return current.watch(message.fromMs, message.toMs)
    case 'wake':
      return current.wake(message.count, message.capMs)
    case 'finish':
      return current.finish(message.capMs)
  }
}
