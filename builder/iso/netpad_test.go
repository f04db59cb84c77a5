package iso

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// signedImage is a PE32+ image of that many bytes with one entry of certificates.
func signedImage(size, certificates int) []byte {
	b := make([]byte, size)
	const pe = 0x80
	binary.LittleEndian.PutUint32(b[peOffset:], pe)
	binary.LittleEndian.PutUint32(b[pe:], peSignature)
	binary.LittleEndian.PutUint16(b[pe+peMagic:], pe32Plus)
	binary.LittleEndian.PutUint32(b[pe+peDirCount:], 16)
	start := size - certificates
	binary.LittleEndian.PutUint32(b[pe+peSecurity:], uint32(start))
	binary.LittleEndian.PutUint32(b[pe+peSecurity+4:], uint32(certificates))
	binary.LittleEndian.PutUint32(b[start:], uint32(certificates))
	return b
}

// TestPadForNet: the image fills the buffer, the certificates end with it, and what is
// signed stays as it was.
func TestPadForNet(t *testing.T) {
	for _, c := range []struct{ size, want int }{{1 << 20, netBuffer}, {netBuffer, netBuffer}, {netBuffer + 512, 2 * netBuffer}} {
		const certificates = 1472
		image := signedImage(c.size, certificates)
		padded, err := PadForNet(image)
		if err != nil {
			t.Fatal(err)
		}
		start := c.size - certificates
		if len(padded) != c.want {
			t.Errorf("%d bytes became %d, want %d", c.size, len(padded), c.want)
		}
		for _, at := range []int{0x80 + peSecurity + 4, start} {
			if got := int(binary.LittleEndian.Uint32(padded[at:])); got != c.want-start {
				t.Errorf("%d bytes: length at %d is %d, want %d", c.size, at, got, c.want-start)
			}
			binary.LittleEndian.PutUint32(padded[at:], certificates)
		}
		if !bytes.Equal(padded[:c.size], image) {
			t.Errorf("%d bytes: more than two lengths changed", c.size)
		}
	}
	two := signedImage(1<<20, 1472)
	binary.LittleEndian.PutUint32(two[1<<20-1472:], 700)
	for name, image := range map[string][]byte{"empty": nil, "text": []byte("MZ"), "cut": signedImage(1<<20, 1472)[:1<<19],
		"two signatures": two, "unsigned": signedImage(1<<20, 4)} {
		if _, err := PadForNet(image); err == nil {
			t.Errorf("%s is padded", name)
		}
	}
}
