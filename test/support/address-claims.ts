export type Headers = Record<string, string | string[]>;

/** Addresses that are only claimed; they are reserved for documentation, so nothing else can bring them up. */
export const CLAIMED = '203.0.113.7';
export const CLAIMED_V6 = '2001:db8::7';
/** Stands beside the claims in a list, as a proxy would write it. */
const CONNECTION = '127.0.0.1';

/** What proxies and content delivery networks write an address into. */
const ADDRESS_HEADERS = [
  'X-Forwarded-For',
  'x-forwarded-for',
  'X-FORWARDED-FOR',
  'X_Forwarded_For',
  'X-Forwarded',
  'Forwarded-For',
  'X-Original-Forwarded-For',
  'X-Envoy-External-Address',
  'X-Real-IP',
  'X-Client-IP',
  'Client-IP',
  'X-Remote-IP',
  'X-Remote-Addr',
  'Remote-Addr',
  'X-Originating-IP',
  'X-Source-IP',
  'X-Host',
  'CF-Connecting-IP',
  'CF-Connecting-IPv6',
  'CF-Pseudo-IPv4',
  'True-Client-IP',
  'CloudFront-Viewer-Address',
  'Fastly-Client-IP',
  'Fly-Client-IP',
  'X-Cluster-Client-IP',
  'X-Azure-ClientIP',
  'X-Azure-SocketIP',
  'X-AppEngine-User-IP',
  'X-Nf-Client-Connection-IP',
  'X-Vercel-Forwarded-For',
  'X-ProxyUser-IP',
  'WL-Proxy-Client-IP',
  'Proxy-Client-IP',
];

/** Each of them alone, and the forms in which the two standard ones may come. */
export const CLAIMS: Readonly<Record<string, Headers>> = {
  ...Object.fromEntries(ADDRESS_HEADERS.map((name) => [name, { [name]: CLAIMED }])),
  'X-Forwarded-For with a list, the claim first': { 'X-Forwarded-For': `${CLAIMED}, 10.0.0.1, ${CONNECTION}` },
  'X-Forwarded-For with a list, the claim last': { 'X-Forwarded-For': `${CONNECTION}, 10.0.0.1, ${CLAIMED}` },
  'X-Forwarded-For with a port': { 'X-Forwarded-For': `${CLAIMED}:4711` },
  'X-Forwarded-For of IPv6': { 'X-Forwarded-For': CLAIMED_V6 },
  'X-Forwarded-For of IPv6 with a port': { 'X-Forwarded-For': `[${CLAIMED_V6}]:4711` },
  'X-Forwarded-For repeated': { 'X-Forwarded-For': [CLAIMED, CONNECTION, CLAIMED_V6] },
  'X-Forwarded-For repeated in other cases': { 'x-forwarded-for': [CONNECTION, CLAIMED] },
  Forwarded: { Forwarded: `for=${CLAIMED}` },
  'Forwarded with all its parts': { Forwarded: `For="${CLAIMED}:4711";proto=https;by=203.0.113.43;host=example.com` },
  'Forwarded of IPv6': { forwarded: `for="[${CLAIMED_V6}]:4711"` },
  'Forwarded with a list': { FORWARDED: `for=${CLAIMED}, for="[${CLAIMED_V6}]", for=${CONNECTION}` },
  'Forwarded repeated': { Forwarded: [`for=${CONNECTION}`, `for=${CLAIMED}`] },
  'CloudFront-Viewer-Address with a port': { 'CloudFront-Viewer-Address': `${CLAIMED}:4711` },
  Via: { Via: `1.1 ${CLAIMED}` },
  'all of them at once': Object.fromEntries(
    // Names that differ in case only are one header, which a client object holds once.
    [...new Map(ADDRESS_HEADERS.map((name) => [name.toLowerCase(), name])).values()].map((name) => [name, CLAIMED]),
  ),
  'all of them at once, repeated': Object.fromEntries(
    [...new Map(ADDRESS_HEADERS.map((name) => [name.toLowerCase(), name])).values()].map((name) => [
      name,
      [CLAIMED, CLAIMED_V6],
    ]),
  ),
};
