import type { ProviderRow } from '../provider.ts'
import { perMinute, perSecond } from '../rate.ts'

/** Mailbox providers of Asia outside Indonesia. */
export const ASIA: readonly ProviderRow[] = [
  {
    key: 'qq', name: 'QQ Mail', rollup: 'provider',
    match: { by: 'mx', below: ['qq.com'] },
    connections: [2, 4], messagesPerConnection: 8, rate: [perMinute(5), perSecond(1)], also: { tls: 'require' },
    note: 'Limits the frequency of sender, address, domain and connection, with 550 for what is temporary.',
    source: 'operators', checkedAt: '2026-11-23',
    tests: { yes: ['mx1.qq.com', 'mxbiz1.qq.com'], no: ['notqq.com', 'qq.com.example.net'] },
  },
  {
    key: 'netease', name: 'NetEase: 163, 126, yeah', rollup: 'provider',
    match: { by: 'mx', below: ['netease.com'] },
    connections: [2, 4], messagesPerConnection: 7, rate: [perMinute(5), perSecond(1)], also: { tls: 'require-insecure' },
    note: 'Its codes: DT:SPM, RP:, HL:. Its TLS is old.',
    source: 'operators', checkedAt: '2026-11-23',
    tests: { yes: ['163mx01.mxmail.netease.com', '126mx00.mxmail.netease.com'], no: ['notnetease.com', 'netease.com.example.net'] },
  },
  {
    key: 'sina', name: 'Sina', rollup: 'provider',
    match: { by: 'mx', below: ['sina.com.cn'] },
    connections: [2, 4], messagesPerConnection: 10, rate: [perMinute(5), perSecond(1)],
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['mx.sina.com.cn'], no: ['notsina.com.cn', 'sina.com.cn.example.com'] },
  },
  {
    key: 'sohu', name: 'Sohu', rollup: 'provider',
    match: { by: 'mx', below: ['sohu.com'] },
    connections: [2, 4], messagesPerConnection: 10, rate: [perMinute(5), perSecond(1)],
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['mx.sohu.com'], no: ['notsohu.com', 'sohu.com.example.com'] },
  },
  {
    key: 'aliyun', name: 'Alibaba mail', rollup: 'provider',
    match: { by: 'mx', below: ['mxhichina.com'] },
    connections: [2, 4], messagesPerConnection: 10, rate: [perMinute(5), perSecond(1)],
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['mx.mxhichina.com'], no: ['notmxhichina.com', 'mxhichina.com.example.com'] },
  },
  {
    key: 'naver', name: 'Naver', rollup: 'provider',
    match: { by: 'mx', below: ['naver.com'] },
    connections: [2, 5], messagesPerConnection: 10, rate: [perMinute(10), perSecond(2)],
    note: 'Strict about SPF.',
    source: 'operators', checkedAt: '2026-11-23',
    tests: { yes: ['mx1.naver.com'], no: ['notnaver.com', 'naver.com.example.com'] },
  },
  {
    key: 'kakao', name: 'Kakao: Daum and Hanmail', rollup: 'provider',
    match: { by: 'mx', below: ['daum.net', 'hanmail.net'] },
    connections: [2, 5], messagesPerConnection: 10, rate: [perMinute(10), perSecond(2)],
    note: 'Strict about SPF. RACT in a reply is a mailbox that nobody uses.',
    source: 'operators', checkedAt: '2026-11-23',
    tests: { yes: ['mx1.daum.net', 'mx1.hanmail.net'], no: ['notdaum.net', 'daum.net.example.com'] },
  },
  {
    key: 'netvigator', name: 'Netvigator', rollup: 'provider',
    match: { by: 'mx', below: ['netvigator.com'] },
    connections: [2, 5], messagesPerConnection: 10, rate: [perMinute(10), perSecond(2)], also: { tls: 'require' },
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['mx.netvigator.com'], no: ['notnetvigator.com', 'netvigator.com.example.net'] },
  },
]
