import { words } from '../words/words.ts'

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-ui font-semibold tracking-[-0.01em] text-ink">
      <Mark />
      {words.product}
    </span>
  )
}

/** Water in a race: two lines that run through, one that is still coming. */
function Mark({ className = 'size-4.5' }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={`${className} text-accent`} fill="none">
      <g stroke="currentColor" strokeWidth="2.2" strokeLinecap="round">
        <path d="M2.5 7.5c3.2-2.6 6.3-2.6 9.5 0s6.3 2.6 9.5 0" />
        <path d="M2.5 13c3.2-2.6 6.3-2.6 9.5 0s6.3 2.6 9.5 0" />
        <path d="M2.5 18.5c3.2-2.6 6.3-2.6 9.5 0" />
      </g>
    </svg>
  )
}
