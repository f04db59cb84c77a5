package regf

import (
	"crypto/sha256"
	"strings"
)

// announced is what the operations said would become of one key: what Finish
// compares the result with, by reading it anew.
type announced struct {
	path     string
	gone     bool // it does not exist any more
	fresh    bool // it is new: nothing of a key that was there before remains
	children bool // subkeys came or went; each has an announcement of its own
	class    *string
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

// say returns the announcement for a key, which may be a new one that changes
// nothing but the time stamp.
func (e *Editor) say(path string) *announced {
	f := fold(path)
	if e.said[f] == nil {
		e.said[f] = &announced{path: path}
	}
	return e.said[f]
}

func (e *Editor) sayCreated(path string) {
	e.said[fold(path)] = &announced{path: path, fresh: true}
}

// sayDeleted forgets what was said of keys below: with the key they are gone.
// Where it had none when it went, all that can have been said is that they are.
func (e *Editor) sayDeleted(path string, hadSubkeys bool) {
	f := fold(path)
	for p := range e.said {
		if hadSubkeys && strings.HasPrefix(p, f+`\`) {
			delete(e.said, p)
		}
	}
	e.said[f] = &announced{path: path, gone: true}
}

func (e *Editor) sayValue(path, name string, typ Type, data []byte) {
	e.saidValues(path)[fold(name)] = newValue{name: name, typ: typ, n: int64(len(data)), sum: sha256.Sum256(data)}
}

func (e *Editor) sayNoValue(path, name string) {
	e.saidValues(path)[fold(name)] = newValue{gone: true, name: name}
}

func (e *Editor) saidValues(path string) map[string]newValue {
	a := e.say(path)
	if a.values == nil {
		a.values = map[string]newValue{}
	}
	return a.values
}
