import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'

/** Keeps a failure to draw one answer from taking the page along. React offers this to classes only. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <p role="alert" className="flex flex-wrap items-center gap-2 text-ui text-danger">
        {words.answer.broken}
        <Button look="outline" onClick={() => window.location.reload()}>
          {words.answer.reload}
        </Button>
      </p>
    )
  }
}
