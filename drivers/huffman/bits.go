package huffman

// Bits reads a byte slice as a bit stream. Behind the end of the slice there
// are zeros; Over tells that they were used.
type Bits struct {
	src []byte
	pos int    // of the next word
	acc uint64 // the next bits, from the top
	n   int    // how many they are
	pad int    // how many of them, the last ones, are made up
}

// NewBits starts at the first word of src.
func NewBits(src []byte) *Bits { return &Bits{src: src} }

// Ensure loads words until at least k bits, 0 to 48, are loaded. Where bytes
// lie between words it matters how many words are loaded before.
func (b *Bits) Ensure(k int) {
	for b.n < k {
		var word uint64
		if len(b.src)-b.pos >= 2 {
			word = uint64(b.src[b.pos]) | uint64(b.src[b.pos+1])<<8
			b.pos += 2
		} else {
			b.pad += 16
		}
		b.acc |= word << (48 - b.n)
		b.n += 16
	}
}

// Read takes k bits, 0 to 32.
func (b *Bits) Read(k int) uint32 {
	b.Ensure(k)
	v := uint32(b.acc >> 32 >> (32 - k))
	b.skip(k)
	return v
}

func (b *Bits) skip(k int) {
	b.acc <<= k
	b.n -= k
}

// Over reports that bits behind the end of the data were taken.
func (b *Bits) Over() bool { return b.n < b.pad }

// Bytes takes k whole bytes that follow the words loaded so far; nil when there
// are fewer. It leaves the loaded bits alone.
func (b *Bits) Bytes(k int) []byte {
	if k < 0 || k > len(b.src)-b.pos || b.pad > 0 {
		return nil
	}
	p := b.src[b.pos : b.pos+k]
	b.pos += k
	return p
}

// Align drops bits up to the next word boundary and unloads what is loaded
// behind it, so that Bytes continues there. On a boundary nothing is dropped,
// or a whole word when must is set.
func (b *Bits) Align(must bool) {
	if b.n%16 == 0 && must {
		b.Ensure(16)
		b.skip(16)
	}
	b.skip(b.n % 16)
	b.pos -= max(0, b.n-b.pad) / 8
	b.acc, b.n, b.pad = 0, 0, min(b.pad, max(0, b.pad-b.n))
}
