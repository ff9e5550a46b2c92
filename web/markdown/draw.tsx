import type { ElementContent } from 'hast'
import { toJsxRuntime } from 'hast-util-to-jsx-runtime'
import type { Components } from 'hast-util-to-jsx-runtime'
import { Fragment } from 'react'
import type { ReactNode } from 'react'
import { jsx, jsxs } from 'react/jsx-runtime'
import { CodeBlock } from './code-block.tsx'
import { Table } from './table.tsx'
import { TaskMark } from './task-mark.tsx'

const components: Components = { pre: CodeBlock, table: Table, input: TaskMark }

/** A safe element as React draws it. */
export function draw(element: ElementContent): ReactNode {
  return toJsxRuntime(element, { Fragment, jsx, jsxs, components })
}
