import { MIN_PASSWORD_CHARS } from '../../core/access/limits.ts'
import type { Field, Page, Said } from './frame.ts'

const PASSWORD: Field = {
  name: 'password',
  type: 'password',
  label: { en: 'Password', id: 'Kata sandi' },
  hint: { en: `At least ${MIN_PASSWORD_CHARS} characters. A sentence is good.`, id: `Paling sedikit ${MIN_PASSWORD_CHARS} karakter. Satu kalimat lebih baik.` },
  autocomplete: 'new-password',
}

const address = (value: string): Field => ({ name: 'address', type: 'email', label: { en: 'E-mail address', id: 'Alamat email' }, autocomplete: 'email', value })

/** Where people sign up; what they have typed is there again when it was not taken. */
export function signupPage(typed: { readonly organization: string; readonly address: string }, fault: Said | null): Page {
  const name: Field = { name: 'organization', type: 'text', label: { en: 'Name of your organization', id: 'Nama organisasi Anda' }, autocomplete: 'organization', value: typed.organization }
  return {
    title: { en: 'Sign up', id: 'Daftar' },
    text: { en: 'We write to your address, and nothing is made before you have confirmed it.', id: 'Kami akan menulis ke alamat Anda. Tidak ada yang dibuat sebelum Anda mengonfirmasikannya.' },
    fault,
    form: { fields: [name, address(typed.address), PASSWORD], button: { en: 'Sign up', id: 'Daftar' } },
  }
}

/** Where people say that they have lost their password. */
export function forgotPage(typed: string, fault: Said | null): Page {
  return {
    title: { en: 'Forgotten your password?', id: 'Lupa kata sandi?' },
    text: { en: 'We write to your address how to set a new one.', id: 'Kami akan menulis ke alamat Anda cara membuat yang baru.' },
    fault,
    form: { fields: [address(typed)], button: { en: 'Send', id: 'Kirim' } },
  }
}

/** Where the link of a sign-up leads. Looking at it changes nothing: programs look at links, too. */
export const CONFIRM_PAGE: Page = {
  title: { en: 'Confirm your address', id: 'Konfirmasikan alamat Anda' },
  text: { en: 'Press the button, and your organization is made.', id: 'Tekan tombol ini, dan organisasi Anda dibuat.' },
  form: { fields: [], button: { en: 'Confirm', id: 'Konfirmasi' } },
}

/** Where the link of a lost password leads. */
export function resetPage(fault: Said | null): Page {
  return {
    title: { en: 'Choose a new password', id: 'Pilih kata sandi baru' },
    text: { en: 'You are logged out everywhere when it is set.', id: 'Setelah itu Anda keluar dari semua perangkat.' },
    fault,
    form: { fields: [PASSWORD], button: { en: 'Set password', id: 'Simpan kata sandi' } },
  }
}

/** Where the link of an invitation leads: who invites, and what whoever joins chooses. */
export function joinPage({ organization, login, name }: { readonly organization: string; readonly login: string; readonly name: string }, fault: Said | null): Page {
  return {
    title: { en: `Join ${organization}`, id: `Bergabung dengan ${organization}` },
    text: { en: `"${organization}" invites you. You will log in as ${login}.`, id: `"${organization}" mengundang Anda. Anda akan masuk sebagai ${login}.` },
    fault,
    form: { fields: [{ name: 'name', type: 'text', label: { en: 'Your name', id: 'Nama Anda' }, autocomplete: 'name', value: name }, PASSWORD], button: { en: 'Join', id: 'Bergabung' } },
  }
}

/** Pages that only say something. */
export const SAYING = {
  sent: {
    title: { en: 'Look into your mail', id: 'Periksa email Anda' },
    text: { en: 'If this can be done for your address, a message is on its way there.', id: 'Jika ini mungkin untuk alamat Anda, sebuah pesan sedang dikirim ke sana.' },
  },
  made: {
    title: { en: 'Welcome', id: 'Selamat datang' },
    text: { en: 'Your organization is there, and you can log in with your address and password.', id: 'Organisasi Anda sudah siap. Anda dapat masuk dengan alamat dan kata sandi Anda.' },
  },
  joined: {
    title: { en: 'Welcome', id: 'Selamat datang' },
    text: { en: 'You have joined, and can log in with your address and password.', id: 'Anda sudah bergabung, dan dapat masuk dengan alamat dan kata sandi Anda.' },
  },
  taken: {
    title: { en: 'Your address has an account already', id: 'Alamat Anda sudah punya akun' },
    text: { en: 'An account belongs to one organization. Ask to be invited under another address of yours.', id: 'Satu akun hanya milik satu organisasi. Mintalah diundang dengan alamat Anda yang lain.' },
  },
  full: {
    title: { en: 'There is no room yet', id: 'Belum ada tempat' },
    text: { en: 'The plan of the organization allows no more accounts. Tell whoever invited you, and follow the link again later.', id: 'Paket organisasi ini tidak mengizinkan akun lagi. Beri tahu yang mengundang Anda, lalu buka tautan ini lagi nanti.' },
  },
  changed: {
    title: { en: 'Your password is set', id: 'Kata sandi Anda sudah diganti' },
    text: { en: 'Log in with it from now on.', id: 'Mulai sekarang gunakan kata sandi ini.' },
  },
  invalid: {
    title: { en: 'This link is not valid', id: 'Tautan ini tidak berlaku' },
    text: { en: 'It was used before, its time is over, or it is not complete.', id: 'Tautan ini sudah dipakai, sudah kedaluwarsa, atau tidak lengkap.' },
  },
  silent: {
    title: { en: 'Nobody gets a new password here', id: 'Kata sandi baru tidak dikirim dari sini' },
    text: { en: 'Ask whoever runs this server.', id: 'Hubungi pengelola server ini.' },
  },
  off: {
    title: { en: 'Nobody can sign up here', id: 'Pendaftaran tidak dibuka' },
    text: { en: 'Ask whoever runs this server.', id: 'Hubungi pengelola server ini.' },
  },
} as const satisfies Readonly<Record<string, Page>>

/** Why a form was not taken. */
export const FAULTS = {
  address: { en: 'This is no e-mail address.', id: 'Ini bukan alamat email.' },
  organization: { en: 'Say how your organization is called, in at most 100 characters.', id: 'Sebutkan nama organisasi Anda, paling banyak 100 karakter.' },
  name: { en: 'Say how you are called, in at most 200 characters.', id: 'Sebutkan nama Anda, paling banyak 200 karakter.' },
  password: { en: `The password needs at least ${MIN_PASSWORD_CHARS} characters, and only such as can be typed everywhere.`, id: `Kata sandi harus paling sedikit ${MIN_PASSWORD_CHARS} karakter, dan hanya karakter yang dapat diketik di mana saja.` },
  wait: { en: 'Too many requests came from your network. Try again later.', id: 'Terlalu banyak permintaan dari jaringan Anda. Coba lagi nanti.' },
  busy: { en: 'Too much is going on. Try again in a moment.', id: 'Server sedang sibuk. Coba lagi sebentar lagi.' },
} as const satisfies Readonly<Record<string, Said>>
