import { BlockList, isIP } from 'node:net'

/** `internal`: anything that is neither on the public internet nor this machine's loopback. */
export type AddressClass = 'public' | 'loopback' | 'internal'

/**
 * What the IANA IPv4 Special-Purpose Address Registry (RFC 6890) does not call globally reachable, with multicast (RFC
 * 5771), the reserved block (RFC 1112) and the 6to4 relays (RFC 7526). Cloud metadata services are in 169.254.0.0/16,
 * 100.64.0.0/10 and 192.0.0.0/24, except Azure's platform address, which looks public.
 */
const SPECIAL_IPV4 = subnets('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

/** The only part of IPv6 that is given to the internet (RFC 4291, 2.4): mapped IPv4, NAT64 and local addresses lie outside. */
const GLOBAL_IPV6 = subnets('ipv6', ['2000::/3'])

/**
 * From that part, what the IANA IPv6 Special-Purpose Address Registry sets aside: protocol assignments with Teredo,
 * documentation, and 6to4, which names an IPv4 address.
 */
const SPECIAL_IPV6 = subnets('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

const LOOPBACK_IPV4 = subnets('ipv4', ['127.0.0.0/8'])
const LOOPBACK_IPV6 = subnets('ipv6', ['::1/128'])

/** Where a numeric address leads. What is no address is taken for internal. */
export function classifyAddress(address: string): AddressClass {
  const family = isIP(address)
  if (family === 4) {
    if (LOOPBACK_IPV4.check(address, 'ipv4')) return 'loopback'
    return SPECIAL_IPV4.check(address, 'ipv4') ? 'internal' : 'public'
  }
  if (family !== 6) return 'internal'
  if (LOOPBACK_IPV6.check(address, 'ipv6')) return 'loopback'
  const isPublic = GLOBAL_IPV6.check(address, 'ipv6') && !SPECIAL_IPV6.check(address, 'ipv6')
  return isPublic ? 'public' : 'internal'
}

function subnets(family: 'ipv4' | 'ipv6', blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [network = '', bits] = block.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  return list
}
