import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { useApp } from '../store/use-app.ts'
import { words } from '../words/words.ts'

/** A restart of the server takes about this long; no reason to alarm anybody. */
const PATIENCE_MS = 900

/** Says above the composer that the server does not answer, once it has not for a moment. Covers nothing, moves nothing. */
export function ConnectionBanner() {
  const { connection } = useApp()
  const lost = useStore(connection) === 'unreachable'
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!lost) return setShown(false)
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [lost])
  return (
    <output className="pointer-events-none absolute inset-x-0 bottom-full flex justify-center pb-2">
      {shown && (
        <span className="mx-3 flex items-center gap-2 rounded-full bg-raised px-3.5 py-1.5 text-voice text-caution shadow-float">
          <span className="alive-dot bg-caution!" />
          {navigator.onLine ? words.connection.unreachable : words.connection.offline}
        </span>
      )}
    </output>
  )
}
