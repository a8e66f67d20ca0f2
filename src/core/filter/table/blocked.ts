/** Extensions of programs, and of what starts programs or carries them past the mark of the web. Lower-case. */
export const BLOCKED_EXTENSIONS: ReadonlySet<string> = new Set([
  'exe', 'scr', 'com', 'pif', 'bat', 'cmd', 'vbs', 'vbe', 'vb', 'js', 'jse', 'wsf', 'wsh', 'ws', 'wsc', 'hta', 'msi', 'msp', 'mst', 'msc', 'jar', 'ps1', 'ps2', 'psm1', 'psc1', 'lnk', 'url',
  'iso', 'img', 'vhd', 'vhdx', 'udf', 'cab', 'reg', 'cpl', 'dll', 'ocx', 'sys', 'drv', 'chm', 'hlp', 'inf', 'ins', 'isp', 'scf', 'sct', 'shb', 'shs', 'gadget', 'application', 'appref-ms', 'appx',
  'appxbundle', 'msix', 'msixbundle', 'appinstaller', 'settingcontent-ms', 'library-ms', 'search-ms', 'xll', 'wll', 'ppa', 'iqy', 'slk', 'ade', 'adp', 'mde', 'diagcab', 'theme', 'themepack', 'website', 'jnlp', 'rdp',
])

/** Programs for Android, which some companies do send each other. */
export const ANDROID_EXTENSIONS: ReadonlySet<string> = new Set(['apk', 'xapk', 'apks', 'aab'])

/** Office documents whose extension says that they carry macros. */
export const MACRO_EXTENSIONS: ReadonlySet<string> = new Set(['docm', 'dotm', 'xlsm', 'xltm', 'xlam', 'xlm', 'pptm', 'potm', 'ppam', 'ppsm', 'sldm'])

/** Extensions of what people believe to be harmless: a program behind one of them is disguised. */
export const HARMLESS_EXTENSIONS: ReadonlySet<string> = new Set([
  'pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'txt', 'rtf', 'csv', 'jpg', 'jpeg', 'png', 'gif', 'bmp', 'webp', 'mp3', 'mp4', 'htm', 'html', 'odt', 'ods', 'xml',
])

/** Archives that we look into, and those that we know and cannot. */
export const ARCHIVE_EXTENSIONS: ReadonlySet<string> = new Set(['zip', 'gz', 'tgz', 'tar'])
