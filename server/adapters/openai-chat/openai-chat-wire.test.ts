import { describeWire } from '#test/wire/wire-suite.ts'
import { chatWire } from './openai-chat-provider.ts'
import { chatVendor } from './vendors.ts'

describeWire({
  protocol: 'chat',
  kind: 'openai-chat',
  wire: chatWire(chatVendor('openai')),
  basePath: '/v1',
  atLeast: 120,
})
