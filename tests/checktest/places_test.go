package checktest

// Where on the sample volume the structures lie that are damaged.

func (r *raw) mirror() int { return int(le.Uint64(r.b[0x38:])) * cluster }

func (r *raw) bitmap() []byte { return r.b[r.runs(r.recordAt(6), dataAttr)[0].lcn*cluster:] }

// mftBitmap is that of $MFT, which is not resident.
func (r *raw) mftBitmap() []byte { return r.b[r.runs(r.recordAt(0), 0xb0)[0].lcn*cluster:] }

// cluster is the first one of a file.
func (r *raw) cluster(name string) int64 {
	return int64(r.runs(r.recordAt(r.named(name)), dataAttr)[0].lcn)
}

// freeCluster is the first of 32 free ones.
func (r *raw) freeCluster() int64 {
	b := r.bitmap()
	for i := 0; ; i++ {
		if le.Uint32(b[i:]) == 0 {
			return int64(i * 8)
		}
	}
}

func (r *raw) freeRecord() int {
	b := r.mftBitmap()
	for i := 24; ; i++ {
		if b[i/8]>>(i%8)&1 == 0 {
			return i
		}
	}
}

// putLCN changes the LCN of the first run, if there is room for it.
func putLCN(r *raw, a []byte, lcn int64) {
	p := a[le.Uint16(a[0x20:]):]
	n, l := int(p[0]&15), int(p[0]>>4)
	if lcn >= 1<<(8*l-1) {
		r.t.Fatalf("LCN %d in %d bytes", lcn, l)
	}
	for i := range l {
		p[1+n+i] = byte(lcn >> (8 * i))
	}
}

// extension is a record that holds a part of the data of "sparse".
func (r *raw) extension() (no int) {
	r.listEntry(func(e []byte) {
		for no = r.named("sparse"); no == r.named("sparse"); e = e[le.Uint16(e[4:]):] {
			no = int(le.Uint32(e[0x10:]))
		}
	})
	return no
}

// listEntry edits the first entry for data in the attribute list of "sparse".
func (r *raw) listEntry(edit func(e []byte)) {
	r.list(func(v []byte) {
		for le.Uint32(v) != dataAttr {
			v = v[le.Uint16(v[4:]):]
		}
		edit(v)
	})
}

func (r *raw) list(edit func(v []byte)) {
	no := r.named("sparse")
	r.attribute(no, 0x20, func(a []byte) {
		if a[8] == 0 {
			edit(a[le.Uint16(a[0x14:]):])
		}
	})
	at := r.recordAt(no)
	if b := r.b[at : at+recordSize]; b[attr(b, 0x20, 0)+8] != 0 {
		edit(r.b[r.runs(at, 0x20)[0].lcn*cluster:])
	}
}

// dosPair is the record of the file with a DOS name.
func (r *raw) dosPair() int {
	for no := 24; ; no++ {
		b := r.b[r.recordAt(no):][:recordSize]
		if string(b[:4]) == "FILE" && le.Uint16(b[0x16:])&1 != 0 && attr(b, 0x30, 1) > 0 && (space(b, 0) == 2 || space(b, 1) == 2) {
			return no
		}
	}
}

func space(b []byte, nth int) byte { return b[attr(b, 0x30, nth)+0x18+0x41] }

// toSpace changes the first name in name space from to another one.
func toSpace(b []byte, from, to byte) {
	for i := 0; attr(b, 0x30, i) > 0; i++ {
		if a := attr(b, 0x30, i); b[a+0x18+0x41] == from {
			b[a+0x18+0x41] = to
			return
		}
	}
}
