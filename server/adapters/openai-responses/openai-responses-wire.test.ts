import { describeWire } from '#test/wire/wire-suite.ts'
import { responsesWire } from './responses-provider.ts'

describeWire({
  protocol: 'responses',
  kind: 'openai-responses',
  wire: responsesWire({ background: false }),
  basePath: '/v1',
  atLeast: 25,
})
