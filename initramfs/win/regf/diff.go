package regf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Change is the kind of a Difference.
type Change string

// The kinds of differences between hive A and hive B.
const (
	KeyOnlyInA   Change = "key only in A"
	KeyOnlyInB   Change = "key only in B"
	ValueOnlyInA Change = "value only in A"
	ValueOnlyInB Change = "value only in B"
	TypeDiffers  Change = "type differs"
	DataDiffers  Change = "data differs"
)

// Difference is one key or value that is not the same in two hives. Of a key
// that only one hive has, what lies below it is not listed.
type Difference struct {
	Change Change
	Key    string // path from the root
	Value  string // name; meaningful for the value kinds only
}

// String gives kind, key and value on one line.
func (d Difference) String() string {
	if d.Change == KeyOnlyInA || d.Change == KeyOnlyInB {
		return fmt.Sprintf("%s: %s", d.Change, d.Key)
	}
	return fmt.Sprintf("%s: %s: %q", d.Change, d.Key, d.Value)
}

// maxDifferences bounds the result of Diff.
const maxDifferences = 10_000

// ErrTooMany ends Diff when the hives have little in common.
var ErrTooMany = errors.New("more than 10000 differences")

// Diff compares existence, names, types and data of all keys and values of two
// hives. Time stamps, class names, security and layout do not count. Either
// hive being damaged anywhere is an error, ErrTooMany comes with the first
// 10000 differences. Memory is bounded as in Walk.
func Diff(a, b *Hive) ([]Difference, error) {
	ra, err := a.Root()
	if err != nil {
		return nil, err
	}
	rb, err := b.Root()
	if err != nil {
		return nil, err
	}
	d := differ{seenA: newSeen(a), seenB: newSeen(b)}
	err = d.keys("", ra, rb, 0)
	return d.found, err
}

type differ struct {
	seenA, seenB *seen
	found        []Difference
}

func (d *differ) add(c Change, key, value string) error {
	if len(d.found) == maxDifferences {
		return ErrTooMany
	}
	d.found = append(d.found, Difference{c, key, value})
	return nil
}

func (d *differ) keys(path string, a, b *Key, depth int) error {
	if err := errors.Join(d.seenA.check(a, depth), d.seenB.check(b, depth)); err != nil {
		return err
	}
	d.seenA.add(a)
	d.seenB.add(b)
	if err := d.values(path, a, b); err != nil {
		return err
	}
	subA, err := d.seenA.subkeys(a)
	if err != nil {
		return err
	}
	subB, err := d.seenB.subkeys(b)
	if err != nil {
		return err
	}
	return merge(subA, subB, (*Key).Name, func(ka, kb *Key) error {
		switch {
		case kb == nil:
			return d.add(KeyOnlyInA, join(path, ka.name), "")
		case ka == nil:
			return d.add(KeyOnlyInB, join(path, kb.name), "")
		case ka.name != kb.name: // the same but for case
			return errors.Join(d.add(KeyOnlyInA, join(path, ka.name), ""), d.add(KeyOnlyInB, join(path, kb.name), ""))
		}
		return d.keys(join(path, ka.name), ka, kb, depth+1)
	})
}

func (d *differ) values(path string, a, b *Key) error {
	va, err := d.seenA.valuesOf(a)
	if err != nil {
		return err
	}
	vb, err := d.seenB.valuesOf(b)
	if err != nil {
		return err
	}
	return merge(va, vb, (*Value).Name, func(x, y *Value) error {
		switch {
		case y == nil:
			return d.add(ValueOnlyInA, path, x.name)
		case x == nil:
			return d.add(ValueOnlyInB, path, y.name)
		case x.name != y.name:
			return errors.Join(d.add(ValueOnlyInA, path, x.name), d.add(ValueOnlyInB, path, y.name))
		case x.Type() != y.Type():
			return d.add(TypeDiffers, path, x.name)
		}
		same, err := d.sameData(x, y)
		if err != nil || same {
			return err
		}
		return d.add(DataDiffers, path, x.name)
	})
}

func (d *differ) sameData(x, y *Value) (bool, error) {
	if err := errors.Join(d.seenA.data(x), d.seenB.data(y)); err != nil {
		return false, err
	}
	parts, err := y.segments()
	if err != nil {
		return false, err
	}
	same, at, other := x.Len() == y.Len(), int64(0), []byte(nil)
	err = x.pieces(func(b []byte) error {
		if !same {
			return nil // but all of it can be read
		}
		other = slices.Grow(other[:0], len(b))[:len(b)]
		if err := y.h.readParts(parts, at, other); err != nil {
			return err
		}
		same, at = bytes.Equal(b, other), at+int64(len(b))
		return nil
	})
	return same, err
}

// merge pairs the elements of two lists by their folded names; fn gets nil for
// the partner that is missing. Names that occur twice are paired in order.
func merge[T any](a, b []*T, name func(*T) string, fn func(a, b *T) error) error {
	fa, fb := sorted(a, name), sorted(b, name)
	for len(fa) > 0 || len(fb) > 0 {
		var x, y *T
		c := 0
		switch {
		case len(fa) == 0:
			c = 1
		case len(fb) == 0:
			c = -1
		default:
			c = strings.Compare(fa[0].name, fb[0].name)
		}
		if c <= 0 {
			x, fa = fa[0].item, fa[1:]
		}
		if c >= 0 {
			y, fb = fb[0].item, fb[1:]
		}
		if err := fn(x, y); err != nil {
			return err
		}
	}
	return nil
}

type named[T any] struct {
	name string
	item *T
}

func sorted[T any](items []*T, name func(*T) string) []named[T] {
	list := make([]named[T], len(items))
	for i, it := range items {
		list[i] = named[T]{fold(name(it)), it}
	}
	slices.SortStableFunc(list, func(x, y named[T]) int { return strings.Compare(x.name, y.name) })
	return list
}
