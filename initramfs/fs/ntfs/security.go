package ntfs

// attrSecurity is the type of $SECURITY_DESCRIPTOR, which every file of NTFS
// 1.2 has and some of later versions.
const attrSecurity attrType = 0x50

// maxSecurity bounds a security descriptor.
const maxSecurity = 64 << 10

// security is who may do what with a file: an entry of $Secure, or a
// descriptor of its own.
type security struct {
	id         uint32
	descriptor []byte
}

func (s security) none() bool { return s.id == 0 && s.descriptor == nil }

// securityOf reads the security of a file.
func (c *change) securityOf(f *editFile) (s security, err error) {
	if a := f.find(attrSecurity, nil); a != nil {
		b, err := c.valueOf(a, maxSecurity)
		return security{descriptor: tightDescriptor(b)}, err
	}
	if a := f.find(attrStandardInformation, nil); a != nil && !a.nonRes && len(a.value) >= siSizeNew {
		s.id = le.Uint32(a.value[siSecurity:])
	}
	return s, nil
}

// securityIn finds the security for a new file: that of a neighbour of its
// kind, else that of the directory, else that of the root directory.
func (c *change) securityIn(dir *node, isDir bool) (security, error) {
	x, err := dir.directory()
	if err != nil {
		return security{}, err
	}
	var found security
	seen := 0
	err = x.walk(func(e indexEntry) error {
		if seen++; seen > maxNeighbours {
			return errStop
		}
		attrs := attributes(le.Uint32(e.name()[fnAttributes:]))
		if e.ref().number() < firstUserEntry || e.name().namespace() == nameDOS || (attrs&0x10 != 0) != isDir {
			return nil
		}
		in, err := c.openRef(e.ref())
		if err != nil {
			return nil // a damaged neighbour is no model, and no obstacle
		}
		f := &editFile{c: c, no: in.rec.no}
		if f.loadAttrs(in) != nil {
			return nil
		}
		if found, err = c.securityOf(f); err == nil && !found.none() {
			return errStop
		}
		return nil
	})
	if err != nil && err != errStop || !found.none() {
		if err == errStop {
			err = nil
		}
		return found, err
	}
	return c.securityAbove(dir)
}

func (c *change) securityAbove(dir *node) (security, error) {
	for _, no := range []uint64{dir.rec.no, recordRoot} {
		f, err := c.file(no)
		if err != nil {
			return security{}, err
		}
		if s, err := c.securityOf(f); err != nil || !s.none() {
			return s, err
		}
	}
	return security{}, nil
}
