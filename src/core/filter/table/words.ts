/** What asks for money or for secrets, lower-case, English and Indonesian. A word alone is no sign; two kinds together are. */
export const MONEY_PHRASES: readonly string[] = [
  'wire transfer', 'bank transfer', 'transfer the', 'bank account', 'account number', 'invoice attached', 'overdue invoice', 'outstanding payment', 'payment details', 'change of bank', 'new bank details',
  'gift card', 'itunes card', 'bitcoin', 'btc wallet', 'usdt', 'western union', 'moneygram', 'inheritance', 'next of kin', 'million dollars', 'million usd', 'lottery', 'beneficiary', 'donation of',
  'your password', 'verify your account', 'confirm your identity', 'credit card number', 'social security', 'one-time code', 'seed phrase', 'login details', 'update your payment', 'account suspended', 'account will be closed',
  'nomor rekening', 'no. rekening', 'no rekening', 'rekening baru', 'perubahan rekening', 'transfer dana', 'transfer ke rekening', 'segera transfer', 'mohon transfer', 'pelunasan', 'tagihan terlampir', 'tagihan tertunggak',
  'kartu kredit', 'kode otp', 'kode verifikasi', 'pin anda', 'pin atm', 'kata sandi anda', 'verifikasi akun', 'verifikasi data', 'konfirmasi data', 'perbarui data', 'akun anda diblokir', 'rekening anda diblokir',
  'akun anda akan', 'undian', 'pemenang', 'hadiah uang', 'warisan', 'pinjaman', 'biaya administrasi', 'pajak anda', 'tunggakan pajak', 'bukti pembayaran',
]

/** What makes people hurry, or keep it to themselves. */
export const URGENT_PHRASES: readonly string[] = [
  'urgent', 'immediately', 'as soon as possible', 'asap', 'within 24 hours', 'within 48 hours', 'final notice', 'last warning', 'act now', 'expires today', 'keep this confidential', 'strictly confidential',
  'do not tell', 'are you available', 'are you at your desk', 'before it is too late', 'legal action', 'will be terminated',
  'segera', 'secepatnya', 'mendesak', 'penting sekali', 'dalam 24 jam', 'dalam 1x24 jam', '1x24 jam', '2x24 jam', 'peringatan terakhir', 'hari ini juga', 'jangan beritahu', 'rahasiakan', 'bersifat rahasia', 'akan diblokir', 'akan dinonaktifkan',
  'akan ditutup', 'tindakan hukum', 'batas waktu', 'jatuh tempo hari ini',
]

/** Words that a domain joins to a company's name to bait. */
export const BAIT_WORDS: ReadonlySet<string> = new Set([
  'login', 'signin', 'secure', 'security', 'verify', 'verification', 'update', 'account', 'accounts', 'support', 'help', 'service', 'services', 'alert', 'alerts', 'info', 'online', 'confirm', 'billing', 'refund', 'bonus', 'promo', 'gift', 'reward',
  'rewards', 'claim', 'unlock', 'recovery', 'wallet', 'id', 'official', 'customer', 'care', 'mail', 'web', 'app', 'portal', 'verifikasi', 'konfirmasi', 'layanan', 'bantuan', 'resmi', 'akun', 'masuk', 'blokir', 'aktivasi', 'undian', 'hadiah',
  'pemenang', 'klaim', 'tarif', 'biaya', 'nasabah', 'pengaduan', 'cs', 'call', 'center', 'prioritas', 'festival', 'pinjaman', 'kredit', 'bansos', 'subsidi', 'pajak', 'coretax', 'mobile', 'internet', 'banking',
])

/** What people say beside the name of a company without being another: a name made of these and a brand is the brand. */
export const BESIDE_BRAND: ReadonlySet<string> = new Set([
  'indonesia', 'official', 'support', 'team', 'service', 'services', 'customer', 'care', 'cs', 'info', 'admin', 'security', 'alert', 'alerts', 'notification', 'notifikasi', 'no', 'reply', 'noreply', 'layanan', 'nasabah', 'pusat', 'bantuan', 'resmi', 'pt',
  'tbk', 'inc', 'the', 'help', 'desk', 'helpdesk', 'center', 'centre', 'online', 'account', 'accounts', 'billing', 'verifikasi', 'verification', 'keamanan', 'update', 'mobile', 'banking', 'internet', 'bank', 'e', 'dompet', 'digital', 'id', 'app', 'wallet', 'pay', 'promo',
])
