import { describe, expect, it, vi } from 'vitest'
import { createSharedFeed } from '#client/shared-feed.ts'
import { openElectedLink } from './elected-link.ts'
import type { HostMessage } from './feed-messages.ts'

describe('openElectedLink', () => {
  it('lets the first tab lead, and the next one when that has gone', async () => {
    const browser = fakeBrowser()
    const one = browser.open('one')
    const two = browser.open('two')
    await vi.waitFor(() => expect(one.leads).toBe(true))
    two.link.post({ type: 'hello' })
    expect(two.heard.at(-1)).toEqual({ type: 'alive', hostId: 'one-1' })
    browser.close('one')
    await vi.waitFor(() => expect(two.leads).toBe(true))
  })

  it('takes the lead from a tab that is silent, which yields when it comes to itself', async () => {
    const browser = fakeBrowser()
    const one = browser.open('one')
    await vi.waitFor(() => expect(one.leads).toBe(true))
    const two = browser.open('two')
    const three = browser.open('three')
    two.link.revive()
    await vi.waitFor(() => expect(two.leads).toBe(true))
    await vi.waitFor(() => expect(one.leads).toBe(false))
    expect(three.heard.at(-1)).toEqual({ type: 'alive', hostId: 'two-1' })
    three.link.post({ type: 'ping' })
    expect(three.heard.at(-1)).toEqual({ type: 'unknown', hostId: 'two-1' })
    expect(one.heard.at(-1)).toEqual({ type: 'alive', hostId: 'two-1' })
  })

  it('stands again after it had to yield', async () => {
    const browser = fakeBrowser()
    const one = browser.open('one')
    await vi.waitFor(() => expect(one.leads).toBe(true))
    const two = browser.open('two')
    two.link.revive()
    await vi.waitFor(() => expect(one.leads).toBe(false))
    browser.close('two')
    await vi.waitFor(() => expect(one.leads).toBe(true))
    expect(one.terms).toBe(2)
  })
})

interface Standing {
  tabId: string
  grant: () => void
  refuse: () => void
}

/** One lock and one channel, as the tabs of a browser have them. */
function fakeBrowser() {
  const listeners = new Map<string, (event: MessageEvent) => void>()
  let waiting: Standing[] = []
  let holder: Standing | undefined

  const grantNext = () => {
    holder = waiting.shift()
    holder?.grant()
  }
  const locksOf = (tabId: string) => ({
    request: ((_name: string, options: LockOptions, callback: () => Promise<unknown>) =>
      new Promise<unknown>((resolve, reject) => {
        const refuse = () => reject(new DOMException('', 'AbortError'))
        const standing: Standing = { tabId, grant: () => void callback().then(resolve, reject), refuse }
        options.signal?.addEventListener('abort', () => {
          if (!waiting.includes(standing)) return
          waiting = waiting.filter((other) => other !== standing)
          refuse()
        })
        if (options.steal) {
          holder?.refuse()
          holder = standing
          standing.grant()
        } else {
          waiting.push(standing)
          if (!holder) queueMicrotask(() => holder ?? grantNext())
        }
      })) as LockManager['request'],
  })

  return {
    open(tabId: string) {
      const tab = { leads: false, terms: 0, heard: [] as HostMessage[] }
      const link = openElectedLink({
        tabId,
        listener: (message) => tab.heard.push(message),
        feed: () => createSharedFeed(() => ({ follow: () => undefined, close: () => undefined })),
        onLead() {
          tab.leads = true
          tab.terms += 1
        },
        onYield: () => void (tab.leads = false),
        onWake: () => undefined,
        defer: (flush) => flush(),
        locks: locksOf(tabId),
        channel: {
          postMessage: (data: unknown) =>
            listeners.forEach((listener, other) => other !== tabId && listener({ data } as MessageEvent)),
          addEventListener: ((_type: string, listener: (event: MessageEvent) => void) =>
            listeners.set(tabId, listener)) as BroadcastChannel['addEventListener'],
        },
      })
      return Object.assign(tab, { link })
    },
    close(tabId: string) {
      listeners.delete(tabId)
      waiting = waiting.filter((standing) => standing.tabId !== tabId)
      if (holder?.tabId === tabId) grantNext()
    },
  }
}
