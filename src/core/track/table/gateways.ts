/** Somebody who reads mail for others before they do, and follows its links from networks where no people are. */
export interface Gateway {
  readonly name: string
  readonly networks: readonly string[]
  /** Where its owner says that they are his. */
  readonly source: string
}

/**
 * Networks that their owners publish, and that have been theirs for years. Checked 2026-11-26.
 *
 * Left out, because a list of ours would be wrong soon, or wrong at once: egress of Apple's Private Relay (mask-api.icloud.com/egress-ip-ranges.csv has 280,000 networks, shared with people
 * who browse; the name that Mail says decides), data centres (Safe Links fetches from all of Azure, where companies' people come from as well), and Google's proxy, which says who it is.
 */
export const GATEWAYS: readonly Gateway[] = [
  { name: 'Barracuda', networks: ['64.235.144.0/20', '209.222.80.0/21'], source: 'https://campus.barracuda.com/product/emailgatewaydefense/doc/96023004/ and ARIN' },
  {
    name: 'Proofpoint',
    networks: ['62.209.50.0/24', '66.159.224.0/19', '67.231.144.0/20', '91.209.104.0/24', '148.163.128.0/19', '185.132.180.0/22', '185.183.28.0/22', '205.220.160.0/19', '208.84.64.0/22', '208.86.200.0/22'],
    source: 'https://proofpoint.my.site.com/support/PPSup_SupportInfo and its list of sending networks',
  },
  {
    name: 'Mimecast',
    networks: [
      ...['41.74.192.0/21', '41.74.200.0/23', '41.74.204.0/23', '41.74.206.0/24', '51.163.158.0/24', '62.140.7.0/24', '91.220.42.0/24', '103.96.21.0/24', '103.96.23.0/24', '170.10.128.0/23', '170.10.133.0/24'],
      ...['170.10.145.0/24', '170.10.147.0/24', '180.189.28.0/24', '185.58.85.0/24', '185.58.86.0/24', '194.104.109.0/24', '194.104.111.0/24', '195.130.217.0/24', '216.145.216.0/23', '216.145.221.0/24'],
    ],
    // Not those that it leases and gives back: mimecastsupport.zendesk.com, "Administration - Frequently Asked Questions".
    source: 'TXT of _netblocks.mimecast.com',
  },
  { name: 'Microsoft', networks: ['40.92.0.0/15', '40.107.0.0/16', '52.100.0.0/14', '104.47.0.0/17', '2a01:111:f400::/48', '2a01:111:f403::/48'], source: 'https://endpoints.office.com/endpoints/worldwide, id 10: Exchange Online Protection' },
]
