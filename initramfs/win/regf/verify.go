package regf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// verify proves that the edited hive is what was announced; see Finish. Where it
// is not, the reason is in most cases that the hive was not sound before.
func (e *Editor) verify() error {
	err := e.verifyResult()
	if errors.Is(err, ErrUnproved) {
		if damage := e.unsound(); damage != nil {
			return damage
		}
	}
	return err
}

func (e *Editor) verifyResult() error {
	now, err := Open(below{&e.h.pages}, e.h.size)
	if err != nil {
		return err
	}
	if s := now.State(); !s.Clean {
		return wrong("the base block would be invalid: %s", strings.Join(s.Reasons, "; "))
	}
	v := &verifier{space: &heap{h: now}, owned: newCellSet(now), said: map[uint32]*announced{}, resecured: e.resecured()}
	if err := errors.Join(e.verifyBase(), e.verifyBins(v.space)); err != nil {
		return err
	}
	before, err := e.was.Root()
	if err != nil {
		return err
	}
	after, err := now.Root()
	if err != nil {
		return err
	}
	if err := v.walk(e.trail(), before, after); err != nil {
		return err
	}
	if err := v.ring(after); err != nil {
		return err
	}
	runs, err := e.differing()
	if err != nil {
		return err
	}
	return e.verifyRest(runs, v.said)
}

// trail is a tree of the keys that were announced and those above them.
type trail struct {
	a    *announced // nil when the edit only went through
	kids map[string]*trail
}

func (e *Editor) trail() *trail {
	root := &trail{}
	for f, a := range e.said {
		t := root
		for f != "" {
			var name string
			name, f, _ = strings.Cut(f, `\`)
			if t.kids == nil {
				t.kids = map[string]*trail{}
			}
			if t.kids[name] == nil {
				t.kids[name] = &trail{}
			}
			t = t.kids[name]
		}
		t.a = a
	}
	return root
}

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnproved, fmt.Sprintf(format, args...))
}

// verifyBase wants nothing in the base block to change but sequence numbers and
// time, the size of the hbins, and the checksum.
func (e *Editor) verifyBase() error {
	old, now := make([]byte, baseSize), make([]byte, baseSize)
	if err := errors.Join(e.was.read(old, 0), e.h.read(now, 0)); err != nil {
		return err
	}
	for _, field := range []span{{baseSeq1, baseMajor}, {baseBins, baseBins + 4}, {baseChecksum, sector}} {
		copy(old[field.from:field.to], now[field.from:field.to])
	}
	if !bytes.Equal(old, now) {
		return wrong("something else in the base block would change")
	}
	return nil
}

// verifyBins reads the cells of all bins that changed.
func (e *Editor) verifyBins(space *heap) error {
	for _, no := range e.changedBlocks() {
		if no == 0 || no*blockSize >= e.h.limit() {
			continue
		}
		if err := space.look(uint32(no - 1)); err != nil {
			return err
		}
	}
	return nil
}

// verifier reads the keys of an edit before and after it.
type verifier struct {
	space *heap   // the cells afterwards
	owned cellSet // those that the keys of the edit have
	said  map[uint32]*announced

	secure    []uint32 // security cells of the keys of the edit
	resecured bool     // security was set, so that new keys need not have that of the key above
}

// walk compares a key with its announcement, and then those below it. before
// is nil where nothing of a key that was there remains.
func (v *verifier) walk(t *trail, before, after *Key) error {
	if t.a == nil && before == nil && after == nil {
		return misplaced()
	}
	if t.a == nil && (before == nil || after == nil || before.off != after.off) {
		return wrong("a key that was not named would come or go")
	}
	if t.a != nil && before != nil {
		v.said[before.off] = t.a
	}
	if t.a != nil && t.a.whole() {
		before = nil
	}
	was, is, err := listed(before, after, t)
	if err != nil {
		return err
	}
	if t.a != nil {
		if err := v.key(t, before, after, was, is); err != nil {
			return fmt.Errorf("key %q: %w", t.a.path, err)
		}
	}
	for name, kid := range t.kids {
		if err := v.walk(kid, was.keys[name], is.keys[name]); err != nil {
			return err
		}
	}
	return nil
}

// key compares one key with its announcement.
func (v *verifier) key(t *trail, before, after *Key, was, is *children) error {
	if t.a.gone {
		if after != nil {
			return wrong("it would still be there")
		}
		return nil
	}
	if after == nil || before == nil && !t.a.fresh {
		return misplaced()
	}
	if err := errors.Join(sameClass(t.a, before, after), sameValues(t.a, before, after), v.sameSecurity(t.a, before, after)); err != nil {
		return err
	}
	if !t.a.children && before != nil {
		if err := sameFields(before, after, nkSubkeys, nkSubkeyList); err != nil {
			return err
		}
	} else if err := sameSubkeys(t, after.h, was, is); err != nil {
		return err
	}
	if before == nil && !v.resecured {
		if err := inherited(after); err != nil {
			return err
		}
	}
	return ownCells(after, t.a, func(off uint32) error {
		if _, err := v.space.at(off); err != nil {
			return err
		}
		if !v.owned.add(off) {
			return damaged("cell", baseSize+int64(off), "cell would be used twice")
		}
		return nil
	})
}

// misplaced: what the edit found by its name is not found by its hash.
func misplaced() error {
	return damaged("subkey list", 0, "a key is listed with the hash or hint of another name")
}

// inherited wants a new key to have the security cell of its parent, or of the
// first above that has one.
func inherited(k *Key) error {
	up, err := k.h.key(k.u32(nkParent))
	for depth := 0; err == nil && up.u32(nkSecurity) == none && up.off != k.h.base.RootOffset; depth++ {
		if depth > maxDepth {
			return damaged("nk", up.Offset(), "keys are nested too deep")
		}
		up, err = k.h.key(up.u32(nkParent))
	}
	if err != nil {
		return err
	}
	if got, want := k.u32(nkSecurity), up.u32(nkSecurity); got != want {
		return wrong("security cell %#x, want %#x", got, want)
	}
	_, err = k.Security()
	return err
}

func sameClass(a *announced, before, after *Key) error {
	want, err := "", error(nil)
	if a.class != nil {
		want = *a.class
	} else if before != nil {
		want, err = before.Class()
	}
	got, err2 := after.Class()
	if err == nil && err2 == nil && got != want {
		return wrong("class %q, want %q", got, want)
	}
	return errors.Join(err, err2)
}

// sameValues wants the list of values to be the one before, less what went and
// with what was set, which has to have that type and data.
func sameValues(a *announced, before, after *Key) error {
	if a.values == nil && before != nil {
		return sameFields(before, after, nkValues, nkValueList)
	}
	var rest []uint32 // that nothing was said of
	if before != nil {
		offs, err := before.valueOffsets()
		if err != nil {
			return err
		}
		for _, off := range offs {
			v, err := before.h.value(off)
			if err != nil {
				return err
			}
			if _, said := a.values[fold(v.name)]; !said {
				rest = append(rest, off)
			}
		}
	}
	offs, err := after.valueOffsets()
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, off := range offs {
		v, err := after.h.value(off)
		if err != nil {
			return err
		}
		f := fold(v.name)
		want, said := a.values[f]
		if !said {
			if len(rest) == 0 || rest[0] != off {
				return wrong("value %q would be another, or should not be there", v.name)
			}
			rest = rest[1:]
			continue
		}
		is, err := contentOf(v)
		if err != nil {
			return err
		}
		if is != want || found[f] {
			return wrong("value %q would be %v of %d bytes, or have another name or data than wanted", is.name, is.typ, is.n)
		}
		found[f] = true
	}
	for f, want := range a.values {
		if !want.gone && !found[f] {
			return wrong("value %q would be missing", want.name)
		}
	}
	if len(rest) > 0 {
		return wrong("%d values would be missing", len(rest))
	}
	return nil
}

func contentOf(v *Value) (newValue, error) {
	sum := sha256.New()
	err := v.pieces(func(b []byte) error {
		sum.Write(b)
		return nil
	})
	c := newValue{name: v.name, typ: v.Type(), n: v.Len()}
	sum.Sum(c.sum[:0])
	return c, err
}

func sameFields(before, after *Key, fields ...int) error {
	for _, f := range fields {
		if got, want := after.u32(f), before.u32(f); got != want {
			return wrong("field %d of its node would be %#x, is %#x", f, got, want)
		}
	}
	return nil
}
