import type { ElementContent } from 'hast'
import { toJsxRuntime } from 'hast-util-to-jsx-runtime'
import type { Components } from 'hast-util-to-jsx-runtime'
import { Fragment, memo } from 'react'
import type { ReactNode } from 'react'
import { jsx, jsxs } from 'react/jsx-runtime'
import { BlockBoundary } from './block-boundary.tsx'
import { CodeBlock } from './code-block.tsx'
import { readOpenFence } from './open-fence.ts'
import { parseBlock } from './parse-markdown.ts'
import { addCaret, repairTail } from './repair-tail.ts'
import { Table } from './table.tsx'
import { TaskMark } from './task-mark.tsx'

export interface BlockProps {
  text: string
  /** The last block of an answer that is being written: repaired, and with the caret. */
  writing?: boolean
  openFence?: boolean
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

function BlockContent({ text, writing, openFence, elements }: BlockProps): ReactNode {
  const fence = openFence ? readOpenFence(text) : undefined
  if (fence) {
    return (
      <Fragment key={0}>
        <CodeBlock data-language={fence.language} data-open={writing}>
          {fence.code}
        </CodeBlock>
      </Fragment>
    )
  }
  const content = elements ?? (writing ? addCaret(parseBlock(repairTail(text))) : parseBlock(text))
  return content.map((element, index) => <Fragment key={index}>{draw(element)}</Fragment>)
}

const components: Components = { pre: CodeBlock, table: Table, input: TaskMark }

function draw(element: ElementContent): ReactNode {
  return toJsxRuntime(element, { Fragment, jsx, jsxs, components })
}
