import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { startHighlighting } from './highlight.ts'
import type { Highlighting } from './highlight.ts'
import { createListing } from './listing.ts'
import type { Listing } from './listing.ts'
import { watchNear } from './watch-near.ts'

export interface ListingState {
  language: string
  code: string
  /** More may follow. */
  open: boolean
}

/** Shows code in `host`, which has no children of its own, and colours it from when it first comes near the viewport. */
export function useListing(host: RefObject<HTMLElement | null>, { language, code, open }: ListingState) {
  const listing = useRef<Listing>(undefined)
  const highlighting = useRef<Highlighting>(undefined)
  const [seen, setSeen] = useState(false)

  useLayoutEffect(() => {
    if (!host.current) return
    const created = createListing(host.current, (element, onChange) =>
      watchNear(element, (near) => {
        if (near) setSeen(true)
        onChange(near)
      }),
    )
    listing.current = created
    return () => created.clear()
  }, [host])

  useLayoutEffect(() => listing.current?.setText(code), [code])

  useEffect(() => {
    if (!seen || PLAIN.has(language.toLowerCase())) return
    const started = startHighlighting({
      language: language.toLowerCase(),
      onRuns: (runs) => listing.current?.addRuns(runs),
      onRestart: () => listing.current?.clearRuns(),
    })
    highlighting.current = started
    return () => {
      highlighting.current = undefined
      started.stop()
      listing.current?.clearRuns()
    }
  }, [language, seen])

  useEffect(() => highlighting.current?.update(code, !open), [code, open, language, seen])
}

const PLAIN = new Set(['', 'text', 'txt', 'plain', 'plaintext'])
