import { describeWire } from '#test/wire/wire-suite.ts'
import { anthropicWire } from './anthropic-provider.ts'

describeWire({ protocol: 'anthropic', kind: 'anthropic', wire: anthropicWire, basePath: '/v1', atLeast: 26 })
