import { Component } from 'react'
import type { ReactNode } from 'react'

interface Props {
  text: string
  children: ReactNode
}

interface State {
  text: string
  failed: boolean
}

/** A block that cannot be drawn shows its text; another text gets a new chance. React offers this to classes only. */
export class BlockBoundary extends Component<Props, State> {
  override state: State = { text: this.props.text, failed: false }

  static getDerivedStateFromProps({ text }: Props, state: State): State | null {
    return text === state.text ? null : { text, failed: false }
  }

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true }
  }

  override render(): ReactNode {
    return this.state.failed ? <p className="md-plain">{this.props.text}</p> : this.props.children
  }
}
