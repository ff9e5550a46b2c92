import { describeWire } from '#test/wire/wire-suite.ts'
import { createOllamaWire } from './ollama-provider.ts'

describeWire({ protocol: 'ollama', kind: 'ollama', wire: createOllamaWire(), basePath: '', atLeast: 13 })
