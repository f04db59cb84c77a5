package bitlockertest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"
)

// What is made: AES-CBC of 128 bits without diffuser, as Windows 8 and the first
// Windows 10 make it, one recovery password, sectors of 512 bytes.
const (
	Password   = "235818-357951-253979-013365-241120-245575-342914-591910"
	PasswordID = "64311dea-4587-4029-924a-ba299647998e"

	sector     = 512
	headerSize = 8192
	regionSize = 64 << 10
	// Tail is what the partition has behind its NTFS volume, for the metadata.
	Tail = 1 << 20
)

var (
	le = binary.LittleEndian
	// Keys as good as any other: tests want the same image each time.
	sectorKey = []byte("the sectors' key")
	masterKey = []byte("the master key of the test image")
	openKey   = []byte("the key that lies open in a test")
	salt      = []byte("salt of the test")
	volumeID  = []byte("volume's own ID!")
)

// Encrypt turns an NTFS volume in a partition of an image, from off on, size bytes, into
// one of BitLocker. Windows keeps the metadata in files of the volume; here they lie
// behind the file system, which must leave Tail bytes.
func Encrypt(image string, off, size int64) error { return encrypt(image, off, size, false) }

// Suspended is Encrypt with the protection suspended, as before an update of the
// firmware: the key lies open in the metadata, too.
func Suspended(image string, off, size int64) error { return encrypt(image, off, size, true) }

func encrypt(image string, off, size int64, open bool) error {
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	plain := make([]byte, size)
	if _, err := f.ReadAt(plain, off); err != nil {
		return err
	}
	if string(plain[3:7]) != "NTFS" {
		return fmt.Errorf("no NTFS volume at %#x of %s", off, image)
	}
	ntfs := int64(le.Uint64(plain[0x28:]))*sector + sector
	if size-ntfs < Tail-sector {
		return fmt.Errorf("the NTFS volume leaves %d of %d bytes", size-ntfs, size)
	}
	base := (ntfs + 4095) / 4096 * 4096
	header := base + 3*regionSize
	out, err := encryptSectors(plain, header)
	if err != nil {
		return err
	}
	metadata, err := makeMetadata(size, base, header, open)
	if err != nil {
		return err
	}
	for i := int64(0); i < 3; i++ {
		copy(out[base+i*regionSize:], metadata)
	}
	copy(out, bootSector(plain[:sector], base))
	_, err = f.WriteAt(out, off)
	return err
}

// encryptSectors encrypts all; the first ones go to another place.
func encryptSectors(plain []byte, header int64) ([]byte, error) {
	c, err := aes.NewCipher(sectorKey)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(plain))
	one := func(to, from int64) {
		var iv [aes.BlockSize]byte
		le.PutUint64(iv[:], uint64(to))
		c.Encrypt(iv[:], iv[:])
		cipher.NewCBCEncrypter(c, iv[:]).CryptBlocks(out[to:to+sector], plain[from:from+sector])
	}
	for at := int64(headerSize); at < int64(len(plain)); at += sector {
		one(at, at)
	}
	for at := int64(0); at < headerSize; at += sector {
		one(header+at, at)
	}
	return out, nil
}

// bootSector is BitLocker's, which looks like that of FAT32.
func bootSector(ntfs []byte, base int64) []byte {
	b := make([]byte, sector)
	copy(b, "\xeb\x58\x90-FVE-FS-")
	copy(b[11:0x24], ntfs[11:0x24])
	copy(b[0xA0:], "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01")
	for i := range int64(3) {
		le.PutUint64(b[0xB0+8*i:], uint64(base+i*regionSize))
	}
	copy(b[510:], "\x55\xaa")
	return b
}

// item is an entry of metadata.
func item(kind, value uint16, parts ...[]byte) []byte {
	b := make([]byte, 8)
	for _, p := range parts {
		b = append(b, p...)
	}
	le.PutUint16(b, uint16(len(b)))
	le.PutUint16(b[2:], kind)
	le.PutUint16(b[4:], value)
	le.PutUint16(b[6:], 1)
	return b
}

func makeMetadata(size, base, header int64, open bool) ([]byte, error) {
	key, err := passwordKey()
	if err != nil {
		return nil, err
	}
	master, err := seal(key, 1, item(0, 1, le.AppendUint32(nil, 0x2003), masterKey))
	if err != nil {
		return nil, err
	}
	sectors, err := seal(masterKey, 2, item(0, 1, le.AppendUint32(nil, 0x8002), sectorKey))
	if err != nil {
		return nil, err
	}
	protector := append(guid(PasswordID), make([]byte, 8+2)...) // time, unknown
	protector = le.AppendUint16(protector, 0x0800)
	entries := item(7, 2, wide("TEST C: 11/26/2026"))
	entries = append(entries, item(2, 8, protector, item(0, 3, le.AppendUint32(nil, 0x1000), salt), item(0, 5, master))...)
	if open {
		clear, err := seal(openKey, 3, item(0, 1, le.AppendUint32(nil, 0x2003), masterKey))
		if err != nil {
			return nil, err
		}
		protector := append(guid("11111111-2222-3333-4444-555555555555"), make([]byte, 8+2+2)...) // of kind 0
		entries = append(entries, item(2, 8, protector, item(0, 1, le.AppendUint32(nil, 0x2002), openKey), item(0, 5, clear))...)
	}
	entries = append(entries, item(3, 5, sectors)...)
	entries = append(entries, item(15, 15, le.AppendUint64(le.AppendUint64(nil, uint64(header)), headerSize))...)

	b := make([]byte, 64+48, regionSize)
	copy(b, "-FVE-FS-")
	le.PutUint16(b[10:], 2)
	le.PutUint16(b[12:], 4) // encrypted, and to stay so
	le.PutUint16(b[14:], 4)
	le.PutUint64(b[16:], uint64(size))
	le.PutUint32(b[28:], headerSize/sector)
	for i := range int64(3) {
		le.PutUint64(b[32+8*i:], uint64(base+i*regionSize))
	}
	le.PutUint64(b[56:], uint64(header))
	head := b[64:]
	le.PutUint32(head, uint32(48+len(entries)))
	le.PutUint32(head[4:], 1)
	le.PutUint32(head[8:], 48)
	le.PutUint32(head[12:], uint32(48+len(entries)))
	copy(head[16:], volumeID)
	le.PutUint32(head[32:], 3)
	le.PutUint16(head[36:], 0x8002)
	b = append(b, entries...)
	for len(b)%16 != 0 {
		b = append(b, 0)
	}
	le.PutUint16(b[8:], uint16(len(b)/16))
	sum := crc32.ChecksumIEEE(b)
	b = le.AppendUint16(b, 8)
	b = le.AppendUint16(b, 1)
	return le.AppendUint32(b, sum), nil
}

// passwordKey stretches the recovery password.
func passwordKey() ([]byte, error) {
	var digits []byte
	for group := range strings.SplitSeq(Password, "-") {
		n, err := strconv.Atoi(group)
		if err != nil {
			return nil, err
		}
		digits = le.AppendUint16(digits, uint16(n/11))
	}
	first := sha256.Sum256(digits)
	state := struct {
		Last, First [32]byte
		Salt        [16]byte
		Count       uint64
	}{First: first, Salt: [16]byte(salt)}
	b := make([]byte, binary.Size(state))
	for ; state.Count < 1<<20; state.Count++ {
		if _, err := binary.Encode(b, le, &state); err != nil {
			return nil, err
		}
		state.Last = sha256.Sum256(b)
	}
	return state.Last[:], nil
}

// seal is AES-CCM: nonce, MAC, text (RFC 3610 with M 16 and L 3).
func seal(key []byte, number uint32, text []byte) ([]byte, error) {
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	nonce := le.AppendUint32(make([]byte, 8), number)
	block := func(flags byte, n int) []byte {
		b := append([]byte{flags}, nonce...)
		return append(b, byte(n>>16), byte(n>>8), byte(n))
	}
	mac := block(0x3A, len(text))
	padded := append(append([]byte(nil), text...), make([]byte, (16-len(text)%16)%16)...)
	c.Encrypt(mac, mac)
	for ; len(padded) > 0; padded = padded[16:] {
		for i := range mac {
			mac[i] ^= padded[i]
		}
		c.Encrypt(mac, mac)
	}
	sealed := append(mac, text...)
	cipher.NewCTR(c, block(2, 0)).XORKeyStream(sealed, sealed)
	return append(nonce, sealed...), nil
}

func guid(s string) []byte {
	n := strings.ReplaceAll(s, "-", "")
	b := make([]byte, 16)
	for i := range b {
		x, _ := strconv.ParseUint(n[2*i:2*i+2], 16, 8)
		b[i] = byte(x)
	}
	for _, r := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} {
		b[r[0]], b[r[1]] = b[r[1]], b[r[0]]
	}
	return b
}

func wide(s string) []byte {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = le.AppendUint16(b, u)
	}
	return b
}
