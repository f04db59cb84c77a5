package iso

import (
	"encoding/binary"
	"fmt"
)

// netBuffer is the size of shim's buffer for TFTP, which doubles until a file fits.
const netBuffer = 4 << 20

// Places in a PE32+ image (Microsoft PE format, "Optional Header" and "The Attribute
// Certificate Table").
const (
	peOffset    = 0x3C       // of the PE signature's offset in the file
	peMagic     = 24         // of the optional header's magic, behind the PE signature
	peDirCount  = 24 + 108   // number of data directories
	peSecurity  = 24 + 144   // the fifth: offset and size of the certificates
	certHeader  = 8          // length, revision, type
	pe32Plus    = 0x020B     //
	peSignature = 0x00004550 // "PE\0\0"
)

// PadForNet returns a signed PE32+ image that fills shim's buffer for TFTP to its end.
// iPXE's PXE services, which virtual machines have in the ROM of their network card, do
// not tell shim how long the file was. Shim takes the whole buffer for it then, and
// refuses it under Secure Boot, because the certificates do not end where the file does
// ("Malformed binary after Attribute Certificate Table"). Zeros behind the only signature,
// which count to its entry, make them end there. Authenticode's digest leaves out the
// certificates and the directory entry that gives their size: the signature stays good.
func PadForNet(image []byte) ([]byte, error) {
	entry, err := securityEntry(image)
	if err != nil {
		return nil, err
	}
	start, size := int(binary.LittleEndian.Uint32(image[entry:])), int(binary.LittleEndian.Uint32(image[entry+4:]))
	if size < certHeader || start+size != len(image) {
		return nil, fmt.Errorf("certificates at %d of %d bytes do not end the image of %d bytes", start, size, len(image))
	}
	if first := int(binary.LittleEndian.Uint32(image[start:])); (first+7)&^7 != (size+7)&^7 {
		return nil, fmt.Errorf("the first signature has %d of the certificates' %d bytes; an image with one signature is wanted", first, size)
	}
	whole := netBuffer
	for whole < len(image) {
		whole *= 2
	}
	if whole == len(image) {
		return image, nil
	}
	padded := make([]byte, whole)
	copy(padded, image)
	binary.LittleEndian.PutUint32(padded[entry+4:], uint32(whole-start))
	binary.LittleEndian.PutUint32(padded[start:], uint32(whole-start))
	return padded, nil
}

// securityEntry is where the image says where its certificates are.
func securityEntry(image []byte) (int, error) {
	if len(image) < peOffset+4 {
		return 0, fmt.Errorf("%d bytes are no PE image", len(image))
	}
	pe := int(binary.LittleEndian.Uint32(image[peOffset:]))
	if pe > len(image)-peSecurity-8 || binary.LittleEndian.Uint32(image[pe:]) != peSignature ||
		binary.LittleEndian.Uint16(image[pe+peMagic:]) != pe32Plus || binary.LittleEndian.Uint32(image[pe+peDirCount:]) < 5 {
		return 0, fmt.Errorf("no PE32+ image with a directory of certificates")
	}
	return pe + peSecurity, nil
}
