import { QueryClient } from '@tanstack/react-query'
import { ClientError } from '#client/client-error.ts'
import { createMillraceClient, type MillraceClient } from '#client/create-millrace-client.ts'
import { followOver } from '#client/follow-over.ts'
import { addQueued } from '../queue/queue-query.ts'
import { openFeed } from '../feed/open-feed.ts'
import { createWakeRelay } from '../feed/wake-relay.ts'
import { createConnection, type ObservedConnection } from './connection.ts'
import { createConversationCache, type ConversationCache } from './conversation-cache.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { createFeedToPage } from './feed-to-page.ts'
import { createLeafHold, type LeafHold } from './leaf-hold.ts'
import { createOutboxShelf } from './outbox-shelf.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createPageLife } from './page-life.ts'
import { createPreferences, type Preferences } from './preferences.ts'
import { createRunningAnswers, type RunningAnswers } from './running-answers.ts'
import { createServerClock, type ServerClock } from './server-clock.ts'
import { eitherOf, onWake } from './wake.ts'
import type { StoreApi } from 'zustand/vanilla'

/** Everything that lives as long as the page and outside React. */
export interface App {
  client: MillraceClient
  queryClient: QueryClient
  cache: ConversationCache
  connection: ObservedConnection['store']
  /** What is being typed, shared with the other tabs. */
  drafts: Drafts
  /** Edits of what was asked already, of this tab alone: an editor is open as long as its draft is there. */
  edits: Drafts
  outbox: Outbox
  preferences: StoreApi<Preferences>
  running: RunningAnswers
  serverClock: ServerClock
  /** Generations whose whole text this page has shown; a pause that is set later takes nothing back. */
  shownWhole: Set<string>
  leafHold: LeafHold
}

export interface AppOptions {
  /** A first question has its conversation now; the page goes there. */
  onCreated: (conversationId: string) => Promise<void>
  fetch?: typeof fetch
}

export function createApp({ onCreated, fetch = window.fetch.bind(window) }: AppOptions): App {
  const serverClock = createServerClock()
  const connection = createConnection({ fetch: observed(fetch, serverClock), onWake })
  const others = createWakeRelay()
  const client = createMillraceClient({ baseUrl: '', fetch: connection.fetch, onWake: eitherOf(onWake, others.onWake) })
  const queryClient = new QueryClient({
    // Changes come over the feed; nothing has to be asked again because somebody looks.
    defaultOptions: {
      queries: { retry, networkMode: 'always', refetchOnWindowFocus: false, refetchOnReconnect: false },
    },
  })
  const cache = createConversationCache(queryClient, client)
  const drafts = createDrafts({ storage: localStorage, events: window })
  const edits = createDrafts({ storage: sessionStorage })
  window.addEventListener('pagehide', drafts.flush)
  window.addEventListener('pagehide', edits.flush)

  const feed = openFeed({ client, onWake, wake: others.wake })
  feed.subscribe(createFeedToPage({ cache, connection, serverClock }))
  const running = createRunningAnswers({
    client: { ...client, follow: (id, followOptions) => followOver(feed, id, followOptions) },
    onEnd: ({ conversationId, messageId }, answer) => cache.ended(conversationId, messageId, answer),
    onLost: ({ conversationId }) => cache.refresh(conversationId),
  })
  const outbox = createOutbox({
    client,
    shelf: createOutboxShelf(localStorage),
    life: createPageLife({ session: sessionStorage, newId: newKey, locks: navigator.locks }),
    newKey,
    onCreated: cache.created,
    goTo: async (conversationId, { tab }) => {
      // What another tab has left behind takes nobody away from where they are.
      if (tab === outbox.tab) await onCreated(conversationId)
    },
    onAccepted: async ({ conversationId }, reply) => {
      if ('queued' in reply) await addQueued(queryClient, reply.queued)
      else await cache.accepted(conversationId, reply)
    },
  })
  connection.store.subscribe((state) => {
    if (state !== 'ok') return
    outbox.reconnected()
    void queryClient.invalidateQueries({ predicate: (query) => query.state.status === 'error' })
  })
  return {
    client,
    queryClient,
    cache,
    connection: connection.store,
    drafts,
    edits,
    outbox,
    preferences: createPreferences(localStorage),
    running,
    serverClock,
    shownWhole: new Set(),
    leafHold: createLeafHold(),
  }
}

function newKey(): string {
  return crypto.randomUUID()
}

function observed(send: typeof fetch, serverClock: ServerClock): typeof fetch {
  return async (input, init) => {
    const sentAt = Date.now()
    const response = await send(input, init)
    serverClock.observe(response, sentAt, Date.now())
    return response
  }
}

function retry(failures: number, error: Error): boolean {
  return error instanceof ClientError && error.passing && failures < 3
}
