// Package bitlocker reads volumes that are encrypted with BitLocker: what protects
// them, without a key, and with one their content, as a block.Device that encrypts what
// is written to it.
//
//	v, err := bitlocker.Open(partition)
//	key, err := bitlocker.ParseKey("123456-...")
//	dev, err := v.Unlock(key)
//
// A volume of Windows 7 and later has three copies of its metadata at offsets that its
// boot sector names. All three are read, and the newest that is sound is taken, where
// no other contradicts it; what cannot be used or differs is told. Entries in it hold the volume master key (VMK) once for each
// protector, encrypted with what that protector knows, and the key of the sectors
// (FVEK), encrypted with the VMK; both by AES-CCM. A recovery password is eight groups
// of six digits, each a multiple of 11: the quotients are 128 bits, which a million rounds of
// SHA-256 stretch. A key file (.bek) has the key itself, and where the protection is
// suspended the metadata has it.
//
// Sectors are encrypted by AES-CBC, with or without the "Elephant" diffuser, or by AES-XTS. The
// first sectors of the file system lie elsewhere, encrypted with the number of the
// place where they lie; in their place is BitLocker's own boot sector. Where the
// metadata and those sectors lie, the file system sees zeros.
//
// Written here and not taken from a tool of the image (dislocker, cryptsetup), because
// these show a mounted or mapped device: the overlay, the journal and its recovery work on
// sectors of the disk, in one process, without root and without modules of the
// kernel. No Go library reads BitLocker. The tools judge what is read and written.
//
// Sources: libbde documentation, "BitLocker Drive Encryption (BDE) format"; N. Ferguson, "AES-CBC +
// Elephant diffuser" (Microsoft, 2006); NIST SP 800-38C and 38E; the names of states and
// protectors in cryptsetup's documentation of bitlkDump. Volumes of Vista, those that
// are being encrypted or decrypted, and those with encrypt-on-write are refused.
package bitlocker
