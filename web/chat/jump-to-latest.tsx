import { ArrowDown } from 'lucide-react'
import { words } from '../words/words.ts'

export function JumpToLatest({ visible, onJump }: { visible: boolean; onJump: () => void }) {
  if (!visible) return null
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
      <button
        type="button"
        onClick={onJump}
        className="pointer-events-auto inline-flex h-8 items-center gap-1.5 rounded-full bg-raised pr-3.5 pl-3 text-ui text-ink-soft shadow-float transition-colors duration-100 hover:text-ink pointer-coarse:h-11"
      >
        <ArrowDown className="size-3.5" />
        {words.thread.jump}
      </button>
    </div>
  )
}
