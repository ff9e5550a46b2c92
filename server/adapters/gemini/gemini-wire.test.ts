import { describeWire } from '#test/wire/wire-suite.ts'
import { geminiWire } from './gemini-provider.ts'

describeWire({ protocol: 'gemini', kind: 'gemini', wire: geminiWire, basePath: '/v1beta', atLeast: 26 })
