package logfile

// Offsets in an index block, an index header and an index entry.
const (
	indexAt      = 0x18 // header in a block
	rootAt       = 0x10 // header in the value of $INDEX_ROOT
	idxFirst     = 0x00
	idxLen       = 0x04
	idxAllocated = 0x08
	entDataOff   = 0x00
	entLen       = 0x08
	entFlags     = 0x0c
	entNode      = 1
	entEnd       = 2
	entHeader    = 0x10
	entTimes     = 0x18 // first time stamp in the $FILE_NAME that is the key
	entTimesLen  = 0x38 // from there to the length of the name
)

// applyIndex carries an operation on an entry out, in a root or in a block.
func (t *target) applyIndex() error {
	h, e := indexAt, t.r.RecordOff+t.r.AttrOff
	root := onMFT(t.op)
	if root {
		if err := t.attribute(minAttr + rootAt + entHeader); err != nil {
			return err
		}
		h = t.attr() + t.u16(t.attr()+attrValueOff) + rootAt
		if t.nonResident() || le.Uint32(t.b[t.attr():]) != attrRoot || h+entHeader > t.attr()+t.attrLen() {
			return t.bad("attribute %#x is no index root", le.Uint32(t.b[t.attr():]))
		}
	}
	n, err := t.entry(h, e)
	if err != nil {
		return err
	}
	switch t.op {
	case AddIndexEntryRoot, AddIndexEntryAllocation:
		err = t.insertEntry(h, e, root)
	case DeleteIndexEntryRoot, DeleteIndexEntryAllocation:
		err = t.moveEntries(h, e+n, -n, root)
	case SetIndexEntryVcnRoot, SetIndexEntryVcnAllocation:
		if len(t.data) != 8 || t.u16(e+entFlags)&entNode == 0 {
			return t.bad("%d bytes for the VCN of an entry with flags %#x", len(t.data), t.u16(e+entFlags))
		}
		err = t.overwrite(e + n - 8)
	case UpdateFileNameRoot, UpdateFileNameAllocation:
		if len(t.data) != entTimesLen || n < entTimes+entTimesLen {
			return t.bad("%d bytes for times and sizes in an entry of %d", len(t.data), n)
		}
		err = t.overwrite(e + entTimes)
	case UpdateRecordDataRoot, UpdateRecordDataAllocation:
		at := t.u16(e + entDataOff)
		if at < entHeader || at+t.n > n || len(t.data) != t.n {
			return t.bad("%d bytes at %#x of an entry of %d", t.n, at, n)
		}
		err = t.overwrite(e + at)
	case WriteEndOfIndexBuffer:
		if err = t.overwrite(e); err == nil {
			t.put32(h+idxLen, e+t.n-h)
		}
	default:
		return t.bad("not an operation on an index")
	}
	if err != nil {
		return err
	}
	if err := t.checkEntries(h); err != nil || !root {
		return err
	}
	return t.checkRecord()
}

// entry makes sure that an entry begins at e and gives its length.
func (t *target) entry(h, e int) (int, error) {
	end := h + t.u32(h+idxLen)
	if end > len(t.b) {
		return 0, t.bad("index of %d bytes", t.u32(h+idxLen))
	}
	for at := h + t.u32(h+idxFirst); at >= h+entHeader && at+entHeader <= end; {
		n := t.u16(at + entLen)
		if n < entHeader || n%8 != 0 || n > end-at {
			break
		}
		if at == e {
			return n, nil
		}
		if t.u16(at+entFlags)&entEnd != 0 {
			break
		}
		at += n
	}
	return 0, t.bad("no index entry begins at %#x", e)
}

func (t *target) insertEntry(h, e int, root bool) error {
	if len(t.data) < entHeader {
		return t.bad("an index entry of %d bytes", len(t.data))
	}
	n := int(le.Uint16(t.data[entLen:]))
	if n != len(t.data) || n%8 != 0 {
		return t.bad("an index entry of %d bytes, %d are given", n, len(t.data))
	}
	if err := t.moveEntries(h, e, n, root); err != nil {
		return err
	}
	return t.overwrite(e)
}

// moveEntries moves the entries from at on by delta bytes.
func (t *target) moveEntries(h, at, delta int, root bool) error {
	end := h + t.u32(h+idxLen)
	if root {
		if err := t.shift(at, delta); err != nil {
			return err
		}
		t.add32(t.attr()+attrLen, delta)
		t.add32(t.attr()+attrValueLen, delta)
		t.add32(h+idxAllocated, delta)
	} else {
		if limit := h + t.u32(h+idxAllocated); end+delta > limit || limit > len(t.b) || at > end {
			return t.bad("%d bytes more in an index block of %d", delta, limit)
		}
		copy(t.b[at+delta:], t.b[at:end])
	}
	t.add32(h+idxLen, delta)
	return nil
}

// checkEntries walks the entries, which have to fill the index exactly.
func (t *target) checkEntries(h int) error {
	end := h + t.u32(h+idxLen)
	limit := h + t.u32(h+idxAllocated)
	at := h + t.u32(h+idxFirst)
	for end <= limit && limit <= len(t.b) && at >= h+entHeader && at+entHeader <= end {
		n := t.u16(at + entLen)
		if n < entHeader || n%8 != 0 || n > end-at {
			break
		}
		last := t.u16(at+entFlags)&entEnd != 0
		if at += n; last {
			if at == end {
				return nil
			}
			break
		}
	}
	return t.bad("the index would be damaged at %#x of %#x", at, end)
}

// checkBlock judges an index block after a change of its bytes.
func (t *target) checkBlock() error {
	if string(t.b[:4]) != "INDX" {
		return t.bad("no index block: %q", t.b[:4])
	}
	return t.checkEntries(indexAt)
}
