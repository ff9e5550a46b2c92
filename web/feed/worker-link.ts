import { SHARE_NAME, type HostMessage, type TabMessage } from './feed-messages.ts'
import type { FeedLink } from './tab-feed.ts'

/** What is needed of a `SharedWorker`. */
export interface WorkerLike {
  port: Pick<MessagePort, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent<HostMessage>) => void) | null }
}

/** The way to the worker that the tabs of this browser share. One that died is replaced by starting it again. */
export function openWorkerLink(
  listener: (message: HostMessage) => void,
  start: () => WorkerLike = startWorker,
): FeedLink {
  let port: WorkerLike['port'] | undefined
  const post = (message: TabMessage) => port?.postMessage(message)
  const connect = () => {
    port?.close()
    try {
      port = start().port
      port.onmessage = ({ data }) => listener(data)
    } catch {
      // Where a browser forbids workers to a page, nobody ever answers, and the tab goes its own way.
      port = undefined
    }
    post({ type: 'ping' })
  }
  connect()
  window.addEventListener('pagehide', () => post({ type: 'bye' }))
  return { post, revive: connect }
}

function startWorker(): WorkerLike {
  return new SharedWorker(new URL('./feed-worker.ts', import.meta.url), { type: 'module', name: SHARE_NAME })
}
