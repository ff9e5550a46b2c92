import { SHARE_NAME, type HostMessage } from './feed-messages.ts'
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
  const connect = () => {
    const { port } = start()
    port.onmessage = ({ data }) => listener(data)
    return port
  }
  let port = connect()
  window.addEventListener('pagehide', () => port.postMessage({ type: 'bye' }))
  return {
    post: (message) => port.postMessage(message),
    revive() {
      port.close()
      port = connect()
      port.postMessage({ type: 'ping' })
    },
  }
}

function startWorker(): WorkerLike {
  return new SharedWorker(new URL('./feed-worker.ts', import.meta.url), { type: 'module', name: SHARE_NAME })
}
