import { createMillraceClient } from '#client/create-millrace-client.ts'
import { createFeedSource } from '#client/feed-source.ts'
import { createSharedFeed } from '#client/shared-feed.ts'
import { createDefer } from './defer.ts'
import { createFeedHost } from './feed-host.ts'
import type { TabMessage } from './feed-messages.ts'
import { createWakeRelay } from './wake-relay.ts'

/*
 * The one connection of a browser, for all of its tabs. Lives as long as one of them does. The network coming back is heard
 * from the tabs: a worker is told nothing of pages that wake up.
 */
const relay = createWakeRelay()
const client = createMillraceClient({ baseUrl: '', fetch: fetch.bind(self), onWake: relay.onWake })
const feed = createSharedFeed(createFeedSource({ client, onWake: relay.onWake }))
const host = createFeedHost<MessagePort>({
  feed,
  hostId: crypto.randomUUID(),
  onWake: relay.wake,
  defer: createDefer(),
})

self.addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports
  if (!port) return
  port.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    host.take(port, data, (message) => port.postMessage(message))
  })
  port.addEventListener('close', () => host.leave(port))
  port.start()
})
