/** Who is often pretended to be. */
export interface Brand {
  /** Lower-case words that name it wherever they stand in a display name. */
  readonly names: readonly string[]
  /** Words that name it only when nothing else is in the name but what `BESIDE_BRAND` lists: they mean something else too. */
  readonly alone: readonly string[]
  /** Its own registered domains; mail of its name comes from these or from below. */
  readonly domains: readonly string[]
  /** A label that baits use, as in `klikbca-verifikasi.example`; none for everyday words. */
  readonly labels: readonly string[]
}

function brand(names: readonly string[], alone: readonly string[], domains: readonly string[], labels: readonly string[] = []): Brand {
  return { names, alone, domains, labels }
}

/** Indonesian banks, wallets, shops, carriers and offices, with the domains they are widely known to write from. Written down 2026-11-26. */
const INDONESIA: readonly Brand[] = [
  brand(['bank central asia', 'bank bca', 'klikbca', 'klik bca', 'mybca', 'halo bca', 'halobca', 'bca mobile'], ['bca'], ['bca.co.id', 'klikbca.com', 'bcasyariah.co.id', 'bcafinance.co.id', 'bcalife.co.id', 'bcainsurance.co.id', 'bcasekuritas.co.id', 'bcadigital.co.id'], ['bca', 'klikbca', 'mybca', 'halobca']),
  brand(['bank mandiri', 'livin by mandiri', 'livin mandiri', 'mandiri online', 'mandiri call'], ['mandiri', 'livin'], ['bankmandiri.co.id', 'mandiri.co.id', 'mandirisekuritas.co.id', 'axa-mandiri.co.id'], ['bankmandiri', 'livinmandiri']),
  brand(['bank rakyat indonesia', 'bank bri', 'brimo', 'bri mobile'], ['bri'], ['bri.co.id', 'brilife.co.id', 'bankraya.co.id'], ['bankbri', 'brimo', 'bri']),
  brand(['bank negara indonesia', 'bank bni', 'bni mobile', 'wondr'], ['bni'], ['bni.co.id', 'bnilife.co.id', 'bnisekuritas.co.id'], ['bankbni', 'bni']),
  brand(['bank syariah indonesia', 'bsi mobile'], ['bsi'], ['bankbsi.co.id'], ['bankbsi']),
  brand(['bank tabungan negara', 'bank btn'], ['btn'], ['btn.co.id'], ['bankbtn']),
  brand(['cimb niaga', 'octo mobile'], [], ['cimbniaga.co.id', 'cimb.com'], ['cimbniaga', 'cimb']),
  brand(['bank danamon'], ['danamon'], ['danamon.co.id'], ['danamon']),
  brand(['permata bank', 'bank permata', 'permatabank'], [], ['permatabank.com', 'permatabank.co.id'], ['permatabank']),
  brand(['bank jago'], ['jago'], ['jago.com'], ['bankjago']),
  brand(['seabank'], [], ['seabank.co.id'], ['seabank']),
  brand(['ocbc nisp', 'ocbc indonesia'], ['ocbc'], ['ocbc.id', 'ocbcnisp.com', 'ocbc.com'], ['ocbc', 'ocbcnisp']),
  brand(['jenius btpn', 'jenius help'], ['jenius'], ['jenius.com', 'btpn.com', 'smbci.com'], ['jenius']),
  brand(['dana indonesia', 'dana kaget', 'dompet dana'], ['dana'], ['dana.id'], []),
  brand([], ['ovo'], ['ovo.id'], []),
  brand(['gopay', 'gojek', 'go-pay'], [], ['gojek.com', 'go-jek.com', 'gopay.co.id', 'gotocompany.com', 'gopayapi.com'], ['gopay', 'gojek']),
  brand(['shopee', 'shopeepay', 'spaylater'], [], ['shopee.co.id', 'shopee.com', 'shopeepay.co.id', 'shopee.sg', 'shopee.com.my', 'shopeemobile.com', 'shope.ee'], ['shopee', 'shopeepay']),
  brand(['linkaja'], [], ['linkaja.id'], ['linkaja']),
  brand(['tokopedia'], [], ['tokopedia.com', 'tokopedia.net', 'tokopedia.link'], ['tokopedia']),
  brand(['bukalapak'], [], ['bukalapak.com'], ['bukalapak']),
  brand(['lazada'], [], ['lazada.co.id', 'lazada.com', 'lazada.sg'], ['lazada']),
  brand(['blibli'], [], ['blibli.com'], ['blibli']),
  brand(['traveloka'], [], ['traveloka.com'], ['traveloka']),
  brand(['pos indonesia', 'posindonesia'], [], ['posindonesia.co.id'], ['posindonesia']),
  brand(['jne express'], ['jne'], ['jne.co.id'], ['jne']),
  brand(['sicepat'], [], ['sicepat.com'], ['sicepat']),
  brand(['j&t express', 'jnt express'], [], ['jet.co.id', 'jtexpress.id'], ['jntexpress']),
  brand(['telkomsel'], [], ['telkomsel.com', 'telkomsel.co.id'], ['telkomsel']),
  brand(['indihome'], [], ['indihome.co.id', 'telkom.co.id'], ['indihome']),
  brand(['pln mobile', 'perusahaan listrik negara'], ['pln'], ['pln.co.id'], []),
  brand(['mypertamina', 'pertamina'], [], ['pertamina.com', 'mypertamina.id'], ['pertamina', 'mypertamina']),
  brand(['direktorat jenderal pajak', 'ditjen pajak', 'djp online', 'coretax', 'kring pajak', 'kantor pelayanan pajak'], ['djp', 'pajak'], ['pajak.go.id', 'kemenkeu.go.id'], ['djponline', 'djp', 'coretax', 'coretaxdjp']),
  brand(['bpjs kesehatan'], ['bpjs'], ['bpjs-kesehatan.go.id', 'bpjsketenagakerjaan.go.id'], ['bpjs', 'bpjskesehatan']),
  brand(['bpjs ketenagakerjaan'], [], ['bpjsketenagakerjaan.go.id'], ['bpjsketenagakerjaan']),
  brand(['bea cukai', 'beacukai', 'bea dan cukai'], [], ['beacukai.go.id', 'kemenkeu.go.id'], ['beacukai']),
  brand(['otoritas jasa keuangan'], ['ojk'], ['ojk.go.id'], ['ojk']),
  brand(['bank indonesia'], [], ['bi.go.id'], ['bankindonesia']),
  brand(['kepolisian', 'polri', 'korlantas', 'e-tilang', 'etilang'], [], ['polri.go.id'], ['polri', 'etilang']),
  brand(['kementerian keuangan', 'kemenkeu'], [], ['kemenkeu.go.id'], ['kemenkeu']),
  brand(['ditjen imigrasi', 'direktorat jenderal imigrasi'], ['imigrasi'], ['imigrasi.go.id'], ['imigrasi']),
]

/** Names of the whole world. Free mailboxes of a company are not its own mail. */
const WORLD: readonly Brand[] = [
  brand(['paypal'], [], ['paypal.com', 'paypal.me'], ['paypal']),
  brand(['apple id', 'apple support', 'icloud'], ['apple'], ['apple.com'], ['appleid', 'icloud']),
  brand(['microsoft', 'office 365', 'microsoft 365', 'onedrive', 'sharepoint'], ['outlook'], ['microsoft.com', 'microsoftonline.com', 'office.com', 'office365.com', 'sharepointonline.com', 'sharepoint.com', 'azure.com', 'xbox.com', 'skype.com'], ['microsoft', 'office365', 'onedrive', 'microsoftonline']),
  brand(['google', 'gmail team', 'gmail support', 'youtube'], [], ['google.com', 'youtube.com', 'google.co.id', 'withgoogle.com', 'blogger.com', 'android.com'], ['google', 'youtube']),
  brand(['amazon', 'amazon prime', 'aws support'], [], ['amazon.com', 'amazon.co.uk', 'amazon.de', 'amazon.co.jp', 'amazon.fr', 'amazon.it', 'amazon.es', 'amazon.in', 'amazon.sg', 'amazon.com.au', 'amazon.ca', 'amazonses.com', 'amazonaws.com', 'aws.com'], ['amazon']),
  brand(['netflix'], [], ['netflix.com'], ['netflix']),
  brand(['facebook', 'instagram', 'whatsapp', 'meta business', 'meta for business'], [], ['facebook.com', 'facebookmail.com', 'meta.com', 'instagram.com', 'whatsapp.com', 'fb.com', 'metamail.com'], ['facebook', 'instagram', 'whatsapp']),
  brand(['linkedin'], [], ['linkedin.com'], ['linkedin']),
  brand(['dropbox'], [], ['dropbox.com', 'dropboxmail.com'], ['dropbox']),
  brand(['docusign'], [], ['docusign.com', 'docusign.net'], ['docusign']),
  brand(['adobe'], [], ['adobe.com', 'adobesign.com'], ['adobe']),
  brand(['dhl express'], ['dhl'], ['dhl.com', 'dhl.de'], ['dhl']),
  brand(['fedex'], [], ['fedex.com'], ['fedex']),
  brand(['binance'], [], ['binance.com'], ['binance']),
  brand(['coinbase'], [], ['coinbase.com'], ['coinbase']),
  brand(['indodax'], [], ['indodax.com'], ['indodax']),
  brand(['metamask'], [], ['metamask.io'], ['metamask']),
  brand(['hsbc'], [], ['hsbc.com', 'hsbc.co.id', 'hsbc.co.uk', 'hsbc.com.hk'], ['hsbc']),
  brand(['citibank'], [], ['citi.com', 'citibank.com', 'citibank.co.id'], ['citibank']),
  brand(['standard chartered'], [], ['sc.com'], ['standardchartered']),
  brand(['telegram messenger'], ['telegram'], ['telegram.org'], ['telegram']),
  brand(['spotify'], [], ['spotify.com'], ['spotify']),
]

/** Registered names of others that lie one letter beside a brand. */
export const NOT_LOOKALIKES: ReadonlySet<string> = new Set(['finance', 'genius', 'paypay', 'shopify', 'offices', 'officer', 'amazone', 'telkomm'])

/** Every brand. */
export const BRANDS: readonly Brand[] = [...INDONESIA, ...WORLD]
