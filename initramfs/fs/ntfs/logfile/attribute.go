package logfile

func (t *target) createAttribute() error {
	if err := t.boundary(t.attr()); err != nil {
		return err
	}
	if len(t.data) < minAttr {
		return t.bad("an attribute of %d bytes", len(t.data))
	}
	n := int(le.Uint32(t.data[attrLen:]))
	if n%8 != 0 || n != (len(t.data)+7)&^7 {
		return t.bad("an attribute of %d bytes, %d are given", n, len(t.data))
	}
	if err := t.shift(t.attr(), n); err != nil {
		return err
	}
	clear(t.b[t.attr() : t.attr()+n])
	copy(t.b[t.attr():], t.data)
	if id := int(le.Uint16(t.data[attrID:])); id >= t.u16(frsNextID) {
		t.put16(frsNextID, id+1)
	}
	if t.data[attrNonRes] == 0 && t.data[attrIndexed]&1 != 0 {
		t.put16(frsLinks, t.u16(frsLinks)+1)
	}
	return nil
}

func (t *target) deleteAttribute() error {
	if err := t.attribute(minAttr); err != nil {
		return err
	}
	if !t.nonResident() && t.b[t.attr()+attrIndexed]&1 != 0 {
		t.put16(frsLinks, t.u16(frsLinks)-1)
	}
	n := t.attrLen()
	return t.shift(t.attr()+n, -n)
}

// resize makes the attribute end n bytes behind its start.
func (t *target) resize(n int) error {
	n = (n + 7) &^ 7
	old := t.attrLen()
	if err := t.shift(t.attr()+old, n-old); err != nil {
		return err
	}
	if n > old {
		clear(t.b[t.attr()+old : t.attr()+n])
	}
	t.put32(t.attr()+attrLen, n)
	return nil
}

// updateValue changes a part of a resident value; with another length than
// before it is the end of the value.
func (t *target) updateValue() error {
	if err := t.attribute(minAttr); err != nil {
		return err
	}
	value := t.u16(t.attr() + attrValueOff)
	if t.nonResident() || t.r.AttrOff < value {
		return t.bad("resident %t, offset %#x, value at %#x", !t.nonResident(), t.r.AttrOff, value)
	}
	end := t.r.AttrOff + t.n
	if t.r.RedoLen != t.r.UndoLen {
		if err := t.resize(end); err != nil {
			return err
		}
		t.put32(t.attr()+attrValueLen, end-value)
	} else if end > t.attrLen() {
		return t.bad("%d bytes at %#x of an attribute of %#x", t.n, t.r.AttrOff, t.attrLen())
	}
	return t.overwrite(t.attr() + t.r.AttrOff)
}

// updateRuns replaces the end of the mapping pairs and finds the highest VCN.
func (t *target) updateRuns() error {
	if err := t.attribute(minNonRes); err != nil {
		return err
	}
	runs := t.u16(t.attr() + attrRuns)
	if !t.nonResident() || t.r.AttrOff < runs || runs < minNonRes || runs > t.attrLen() {
		return t.bad("non-resident %t, offset %#x, runs at %#x", t.nonResident(), t.r.AttrOff, runs)
	}
	if err := t.resize(t.r.AttrOff + t.n); err != nil {
		return err
	}
	if err := t.overwrite(t.attr() + t.r.AttrOff); err != nil {
		return err
	}
	vcn := le.Uint64(t.b[t.attr()+attrLowest:])
	for p := t.b[t.attr()+runs : t.attr()+t.attrLen()]; ; {
		if len(p) == 0 {
			return t.bad("mapping pairs without an end")
		}
		if p[0] == 0 {
			break
		}
		nlen, nlcn := int(p[0]&15), int(p[0]>>4)
		if nlen == 0 || nlen > 8 || nlcn > 8 || 1+nlen+nlcn > len(p) {
			return t.bad("mapping pair %#x", p[0])
		}
		for i, c := range p[1 : 1+nlen] {
			vcn += uint64(c) << (8 * i)
		}
		p = p[1+nlen+nlcn:]
	}
	le.PutUint64(t.b[t.attr()+attrHighest:], vcn-1)
	return nil
}

// setSizes: allocated, data and initialized size as they lie in the attribute.
func (t *target) setSizes() error {
	if err := t.attribute(minNonRes); err != nil {
		return err
	}
	if !t.nonResident() || t.n < 0x18 || t.n > 0x20 || len(t.data) != t.n || attrSizes+t.n > t.u16(t.attr()+attrRuns) {
		return t.bad("%d bytes of sizes, non-resident %t", t.n, t.nonResident())
	}
	return t.overwrite(t.attr() + attrSizes)
}
