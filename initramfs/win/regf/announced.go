package regf

import (
	"crypto/sha256"
	"strings"
)

// announced is what the operations said would become of one key: what Finish
// compares the result with, by reading it anew.
type announced struct {
	path     string
	gone     bool   // it does not exist any more
	fresh    bool   // it is new: nothing of a key that was there before remains
	children bool   // subkeys came or went; each has an announcement of its own
	old      uint32 // nk offset of the key that went and was there before the edit, or 0
	class    *string
	security *secured
	values   map[string]newValue // by folded name
}

// newValue is what a value is to be. The data is kept as its hash.
type newValue struct {
	gone bool
	name string
	typ  Type
	n    int64
	sum  [sha256.Size]byte
}

// announce says something of a key, once the operation has succeeded.
func (e *Editor) announce(path string, change func(a *announced)) {
	e.saying = append(e.saying, func() {
		f := fold(path)
		if e.said[f] == nil {
			e.said[f] = &announced{path: path}
		}
		change(e.said[f])
	})
}

// through: the key gets a time stamp or a larger field, and nothing else.
func through(*announced) {}

func withChildren(a *announced) { a.children = true }

func (e *Editor) announceCreated(path string, inherited *secured) {
	e.saying = append(e.saying, func() {
		f := fold(path)
		a := &announced{path: path, fresh: true, security: inherited}
		if before := e.said[f]; before != nil {
			a.old = before.old
		}
		e.said[f] = a
	})
}

// announceDeleted forgets what was said of keys below: with the key they are
// gone. Where it had none when it went, all that can have been said is that
// they are.
func (e *Editor) announceDeleted(path string, k *Key) {
	e.saying = append(e.saying, func() {
		f := fold(path)
		for p := range e.said {
			if k.u32(nkSubkeys) > 0 && strings.HasPrefix(p, f+`\`) {
				delete(e.said, p)
			}
		}
		a := &announced{path: path, gone: true, old: k.off}
		if before := e.said[f]; before != nil && before.fresh {
			a.old = before.old
		}
		e.said[f] = a
	})
}

func (e *Editor) announceSecurity(path string, s *secured) {
	e.announce(path, func(a *announced) { a.security = s })
}

func (e *Editor) announceValue(path, name string, typ Type, data []byte) {
	v := newValue{name: name, typ: typ, n: int64(len(data)), sum: sha256.Sum256(data)}
	e.announce(path, func(a *announced) { a.set(v) })
}

func (e *Editor) announceNoValue(path, name string) {
	e.announce(path, func(a *announced) { a.set(newValue{gone: true, name: name}) })
}

func (a *announced) set(v newValue) {
	if a.values == nil {
		a.values = map[string]newValue{}
	}
	a.values[fold(v.name)] = v
}
