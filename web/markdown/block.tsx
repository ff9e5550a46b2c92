import type { ElementContent } from 'hast'
import { Fragment, memo } from 'react'
import type { ReactNode } from 'react'
import { BlockBoundary } from './block-boundary.tsx'
import { CodeBlock } from './code-block.tsx'
import { draw } from './draw.tsx'
import { ListBlock } from './list-block.tsx'
import { readOpenFence } from './open-fence.ts'
import { parseBlock } from './parse-markdown.ts'
import { addCaret, repairTail } from './repair-tail.ts'
import type { PlainList } from './split-blocks.ts'

export interface BlockProps {
  text: string
  /** The last block of an answer that is being written: repaired, and with the caret. */
  writing?: boolean
  openFence?: boolean
  /** What the block is split into when it is one list. */
  list?: PlainList | undefined
  /** What the block shows, when only the whole document tells. */
  elements?: ElementContent[] | undefined
}

/** One block. Its text decides everything, so that a settled block is never drawn again. */
export const Block = memo(function Block(props: BlockProps) {
  return (
    <BlockBoundary text={props.text}>
      <BlockContent {...props} />
    </BlockBoundary>
  )
})

/** Always a list of keyed pieces, so that a piece stays on the page when the block turns from one case into another. */
function BlockContent(props: BlockProps): ReactNode {
  const { text, writing, openFence, list, elements } = props
  if (elements) return drawAll(elements)
  const fence = openFence ? readOpenFence(text) : undefined
  if (fence) {
    return [
      <Fragment key={0}>
        <CodeBlock data-language={fence.language} data-open={writing}>
          {fence.code}
        </CodeBlock>
      </Fragment>,
    ]
  }
  const whole = () => drawAll(writing ? addCaret(parseBlock(repairTail(text))) : parseBlock(text))
  return list ? [<ListBlock key="list" {...list} writing={writing} otherwise={whole} />] : whole()
}

function drawAll(elements: readonly ElementContent[]): ReactNode {
  return elements.map((element, index) => <Fragment key={index}>{draw(element)}</Fragment>)
}
