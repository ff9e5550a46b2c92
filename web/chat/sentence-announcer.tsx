import { useEffect, useRef, useState } from 'react'
import { finishedSentences, spoken } from './finished-sentences.ts'

/** How many portions stay in the region; enough that a slow voice is not cut off. */
const KEPT = 4

/** Feeds screen readers an answer in finished sentences, never token by token. Silent for what was there already. */
export function SentenceAnnouncer({ text, running }: { text: string; running: boolean }) {
  const said = useRef(running ? 0 : text.length)
  const [portions, setPortions] = useState<{ at: number; words: string }[]>([])
  useEffect(() => {
    if (text.length < said.current) said.current = 0
    const end = running ? finishedSentences(text) : text.length
    if (end <= said.current) return
    const portion = { at: end, words: spoken(text.slice(said.current, end)) }
    said.current = end
    if (portion.words !== '') setPortions((before) => [...before, portion].slice(-KEPT))
  }, [text, running])
  return (
    <div aria-live="polite" aria-atomic="false" className="sr-only" data-testid="announcer">
      {portions.map(({ at, words }) => (
        <p key={at}>{words}</p>
      ))}
    </div>
  )
}
