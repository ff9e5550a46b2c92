import { useEffect, useRef, useState } from 'react'
import type { AnswerState } from './say.ts'

/** Tells screen readers what became of an answer: once for each turn it takes, not for each second that counts. */
export function StateAnnouncer({ spoken, running }: { spoken: AnswerState['spoken']; running: boolean }) {
  const told = useRef(running ? undefined : spoken?.topic)
  const [text, setText] = useState('')
  useEffect(() => {
    if (!spoken || spoken.topic === told.current) return
    told.current = spoken.topic
    setText(spoken.text)
  }, [spoken])
  return (
    <div role="status" className="sr-only" data-testid="state-announcer">
      {text}
    </div>
  )
}
