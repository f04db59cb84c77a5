package regf

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Limits of Windows for names, in UTF-16 units.
const (
	maxKeyName   = 255
	maxValueName = 16383
)

// The field for the longest name of a subkey has 16 bits and flags above them.
const nkMaxName, nkMaxClass, nkMaxValueName, nkMaxValueData = 52, 56, 60, 64

// step is a key on the way to another one.
type step struct {
	key    *Key
	parent *Key // nil for the root
	path   string
}

// resolve goes down a path as far as there are keys. rest are the names that
// are missing.
func (e *Editor) resolve(path string) (at step, rest []string, err error) {
	root, err := e.h.Root()
	if err != nil {
		return step{}, nil, err
	}
	names := namesOf(path)
	at = step{key: root}
	for i, name := range names {
		sub, _, err := e.search(at.key, name)
		if err != nil {
			return step{}, nil, err
		}
		if sub == nil {
			rest = names[i:]
			break
		}
		at = step{sub, at.key, join(at.path, sub.name)}
	}
	// Both may be written.
	if at.parent != nil {
		if err := e.own(at.parent.off); err != nil {
			return step{}, nil, err
		}
	}
	return at, rest, e.own(at.key.off)
}

func namesOf(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '\\' })
}

// existing is resolve for a key that must be there.
func (e *Editor) existing(path string) (step, error) {
	at, rest, err := e.resolve(path)
	if err == nil && rest != nil {
		err = fmt.Errorf("key %q in %q: %w", rest[0], at.path, ErrNotExist)
	}
	return at, err
}

// own demands that a cell which is going to be written is one.
func (e *Editor) own(off uint32) error {
	_, err := e.heap.at(off)
	return err
}

// CreateKey makes a key and all keys above it that are missing; what exists
// stays as it is. A new key has no class and the security descriptor of the
// nearest key above it that has one, or none where none has (ReactOS). Errors
// wrap ErrLimit for names and depths that Windows does not allow, or ErrRefused
// where the list it belongs into is out of order.
func (e *Editor) CreateKey(path string) error {
	return e.do(func() error {
		at, rest, err := e.resolve(path)
		if err != nil {
			return err
		}
		if n := len(namesOf(path)); n > maxDepth {
			return limitError("the key would be nested %d deep, Windows allows %d", n, maxDepth)
		}
		for _, name := range rest {
			if at, err = e.create(at, name); err != nil {
				return fmt.Errorf("create key %q in %q: %w", name, at.path, err)
			}
		}
		return nil
	})
}

func (e *Editor) create(at step, name string) (step, error) {
	stored, err := storeName(name)
	if err != nil {
		return at, err
	}
	if n := stored.utf16Len / 2; n > maxKeyName {
		return at, limitError("name has %d characters, Windows allows %d", n, maxKeyName)
	}
	security, err := e.nearestSecurity(at.key)
	if err != nil {
		return at, err
	}
	off, err := e.alloc(nkName+len(stored.bytes), at.key.off)
	if err != nil {
		return at, err
	}
	if err := e.write(baseSize+int64(off)+4, e.newNode(at.key.off, security, stored)); err != nil {
		return at, err
	}
	if security != none {
		if err := e.addReference(security); err != nil {
			return at, err
		}
	}
	if err := e.insert(at.key, name, off); err != nil {
		return at, err
	}
	if err := e.raise(at.key, nkMaxName, uint32(stored.utf16Len), 0xffff); err != nil {
		return at, err
	}
	if err := e.touch(at.key); err != nil {
		return at, err
	}
	key, err := e.h.key(off)
	if err != nil {
		return at, err
	}
	next := step{key, at.key, join(at.path, name)}
	e.announce(at.path, withChildren)
	descriptor, err := key.Security()
	if err != nil {
		return at, err
	}
	e.announceCreated(next.path, &secured{cell: security, sum: sha256.Sum256(descriptor)})
	return next, nil
}

func (e *Editor) newNode(parent, security uint32, name storedName) []byte {
	b := make([]byte, nkName, nkName+len(name.bytes))
	le := binary.LittleEndian
	copy(b, "nk")
	if name.compressed {
		le.PutUint16(b[nkFlags:], nkCompressed)
	}
	if !e.opt.Now.IsZero() {
		le.PutUint64(b[nkTime:], toFileTime(e.opt.Now))
	}
	le.PutUint32(b[nkParent:], parent)
	for _, field := range []int{nkSubkeyList, nkVolatileList, nkValueList, nkClass} {
		le.PutUint32(b[field:], none)
	}
	le.PutUint32(b[nkSecurity:], security)
	le.PutUint16(b[nkNameLen:], uint16(len(name.bytes)))
	return append(b, name.bytes...)
}

// SetClass gives a key a class name; "" removes it. Errors wrap ErrNotExist
// when the key is missing.
func (e *Editor) SetClass(path, class string) error {
	return e.do(func() error {
		at, err := e.existing(path)
		if err != nil {
			return err
		}
		was, err := at.key.Class()
		if err != nil {
			return err
		}
		u, err := units(class)
		if err != nil || was == class {
			return err
		}
		if len(u) > 0x7fff {
			return limitError("class name has %d characters, %d fit", len(u), 0x7fff)
		}
		if err := e.setClass(at.key, u); err != nil {
			return err
		}
		e.announce(at.path, func(a *announced) { a.class = &class })
		if at.parent == nil {
			return e.touch(at.key)
		}
		e.announce(at.parentPath(), through)
		return errors.Join(e.touch(at.key), e.raise(at.parent, nkMaxClass, uint32(2*len(u)), 0xffffffff))
	})
}

func (s step) parentPath() string {
	i := strings.LastIndexByte(s.path, '\\')
	return s.path[:max(i, 0)]
}

func (e *Editor) setClass(k *Key, u []uint16) error {
	off, err := k.u32(nkClass), error(nil)
	had := off != none && k.u16(nkClassLen) > 0
	switch {
	case len(u) == 0:
		err = e.release(off)
		off = none
	case had:
		off, err = e.resize(off, 2*len(u), k.off)
	default:
		off, err = e.alloc(2*len(u), k.off)
	}
	if err != nil {
		return err
	}
	b := make([]byte, 2*len(u))
	for i, c := range u {
		binary.LittleEndian.PutUint16(b[2*i:], c)
	}
	if len(u) > 0 {
		if err := e.write(baseSize+int64(off)+4, b); err != nil {
			return err
		}
	}
	if err := e.put16(k.pos(nkClassLen), uint16(len(b))); err != nil {
		return err
	}
	return e.setKey(k, nkClass, off)
}

// setKey changes a field of a node, here and in the hive.
func (e *Editor) setKey(k *Key, field int, n uint32) error {
	binary.LittleEndian.PutUint32(k.node[field:], n)
	return e.put32(k.pos(int64(field)), n)
}

// raise sees to it that a "largest" field of a node is not less than n; mask
// says which of its bits are the number.
func (e *Editor) raise(k *Key, field int, n, mask uint32) error {
	old := k.u32(field)
	if old&mask >= n {
		return nil
	}
	return e.setKey(k, field, old&^mask|n)
}

// touch sets the time of a key's last change.
func (e *Editor) touch(k *Key) error {
	if e.opt.Now.IsZero() {
		return nil
	}
	t := toFileTime(e.opt.Now)
	binary.LittleEndian.PutUint64(k.node[nkTime:], t)
	return e.write(k.pos(nkTime), k.node[nkTime:nkTime+8])
}

func toFileTime(t time.Time) uint64 {
	const perSecond, epoch = 10_000_000, 11_644_473_600
	return uint64(t.Unix()+epoch)*perSecond + uint64(t.Nanosecond()/100)
}
