package regfcheck

import "slices"

// Offsets in a value, from its signature.
const (
	vkNameLen = 2
	vkDataLen = 4
	vkData    = 8
	vkFlags   = 16
	vkName    = 20

	vkLatin    = 1
	vkResident = 1 << 31

	bigData = 16344 // the longest data in one cell, above version 1.3
	maxData = 1 << 30
)

func (c *checker) values(k *keyNode) {
	count, list := k.u32(nkValues), k.u32(nkValueList)
	if count == 0 {
		if list != none && list != 0 {
			c.harmless(ValueCount, k.at(nkValueList), nil, list, "the key has no values and yet a list of them")
		}
		return
	}
	cut := func(f *fixer) string {
		f.put32(k.at(nkValues), 0)
		f.put32(k.at(nkValueList), none)
		f.cut = true
		return "the list of values, which cannot be read, was cut off with the values in it"
	}
	size, ok := c.cell(ref{at: k.at(nkValueList), to: list, what: "value list", cut: cut}, 0)
	if !ok {
		return
	}
	if int64(count)*4 > size {
		c.add(ValueCount, k.at(nkValues), size/4, count, shorten(k, size/4), "the key counts more values than its list can hold")
		count = uint32(size / 4)
	}
	for i := range int(count) {
		at := pos(list) + int64(i)*4
		cut := func(f *fixer) string {
			f.dropValue(k.off, i)
			return "a value, which cannot be read, was taken from the key"
		}
		c.value(k, ref{at, c.u32(at), "value", cut, []string{"vk"}, ValueSignature})
		if c.err != nil {
			return
		}
	}
}

// shorten lowers the number of values to what the list can hold. Entries behind
// the last value may be anything: those that are no values go in the next round.
func shorten(k *keyNode, n int64) mend {
	return func(f *fixer) string {
		f.put32(k.at(nkValues), uint32(n))
		f.cut = true
		return "the number of values was lowered to what the list can hold"
	}
}

func (c *checker) value(k *keyNode, r ref) {
	size, ok := c.cell(r, vkName)
	if !ok {
		return
	}
	b := c.bytes(pos(r.to), vkName)
	n := int64(le.Uint16(b[vkNameLen:]))
	if vkName+n > size {
		c.add(ValueName, pos(r.to)+vkNameLen, nil, n, r.cut, "the name of the value is longer than its cell")
		return
	}
	c.rep.Values++
	chars, flags := n/2, le.Uint16(b[vkFlags:])
	if flags&vkLatin == 0 && n%2 == 1 {
		m := r.cut
		if !slices.Contains(c.bytes(pos(r.to)+vkName, int(n)), 0) {
			m = set16(pos(r.to)+vkFlags, flags|vkLatin)
		}
		c.add(ValueName, pos(r.to)+vkFlags, flags|vkLatin, flags, m, "the name of the value has %d bytes and is said to be UTF-16", n)
	}
	if flags&vkLatin != 0 {
		chars = n
	}
	k.maxValue = max(k.maxValue, uint32(chars*2))
	k.maxData = max(k.maxData, le.Uint32(b[vkDataLen:])&^vkResident)
	c.data(le.Uint32(b[vkDataLen:]), r.to, r.cut)
}

func (c *checker) data(length, vk uint32, cut mend) {
	at := pos(vk) + vkDataLen
	if length&vkResident != 0 {
		if n := length &^ vkResident; n > 4 {
			c.add(ValueData, at, 4, n, cut, "data of a value is said to be in 4 bytes and does not fit")
		}
		return
	}
	to := c.u32(pos(vk) + vkData)
	switch r := (ref{at: pos(vk) + vkData, to: to, what: "data", cut: cut}); {
	case length == 0:
		return
	case int64(length) > min(c.bins, maxData):
		c.add(ValueData, at, nil, length, cut, "the data of a value is longer than the hive")
	case length > bigData && c.big(to):
		c.segments(int64(length), r)
	default:
		c.cell(r, int64(length))
	}
}

// big reports whether long data is in segments: not in version 1.3. Where the
// version is unknown the cell tells.
func (c *checker) big(to uint32) bool {
	if c.minor == 0 {
		return c.start.has(to) && string(c.bytes(pos(to), 2)) == "db"
	}
	return c.minor > 3
}

func (c *checker) segments(length int64, r ref) {
	r.what, r.sig, r.other = "big data", []string{"db"}, DataSegments
	if _, ok := c.cell(r, 8); !ok {
		return
	}
	b := c.bytes(pos(r.to), 8)
	c.dbs++
	n := int64(le.Uint16(b[2:]))
	if want := (length + bigData - 1) / bigData; n != want {
		c.add(DataSegments, pos(r.to)+2, want, n, r.cut, "long data of a value has another number of segments")
		return
	}
	list := ref{at: pos(r.to) + 4, to: le.Uint32(b[4:]), what: "list of segments", cut: r.cut}
	if _, ok := c.cell(list, n*4); !ok {
		return
	}
	for i := range n {
		at := pos(list.to) + i*4
		if _, ok := c.cell(ref{at: at, to: c.u32(at), what: "segment of data", cut: r.cut}, min(length, bigData)); !ok {
			return
		}
		length -= bigData
	}
}
