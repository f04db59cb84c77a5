package regf

import "errors"

// SkipKey, returned by a WalkFunc, leaves out what is below the key.
var SkipKey = errors.New("skip this key")

// maxDepth is how deep Windows lets keys nest.
const maxDepth = 512

// WalkFunc gets each key once with its path from the root (the root's is ""),
// before the keys below it. When something below the key cannot be read it is
// called again for the same key with the reason, for each reason once; it may
// return nil to go on with what can be read, or an error to end the walk with it.
type WalkFunc func(path string, k *Key, err error) error

// Walk visits all keys. It ends on every input: keys that were visited before,
// from wherever, and keys nested too deep are reported as *FormatError. Besides
// the lists on the way down it needs one bit for each 8 bytes of hive.
func (h *Hive) Walk(fn WalkFunc) error {
	root, err := h.Root()
	if err != nil {
		return err
	}
	w := walker{fn: fn, seen: newSeen(h)}
	return w.key("", root, 0)
}

type walker struct {
	fn   WalkFunc
	seen *seen
}

func (w *walker) key(path string, k *Key, depth int) error {
	w.seen.add(k)
	if err := w.fn(path, k, nil); err == SkipKey {
		return nil
	} else if err != nil {
		return err
	}
	refs, err := w.seen.refs(k)
	if err != nil {
		if err := w.report(path, k, err); err != nil {
			return err
		}
	}
	for _, r := range refs {
		sub, err := k.h.key(r.off)
		if err == nil {
			err = w.seen.check(sub, depth+1)
		}
		if err != nil {
			if err := w.report(path, k, err); err != nil {
				return err
			}
			continue
		}
		if err := w.key(join(path, sub.name), sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) report(path string, k *Key, reason error) error {
	if err := w.fn(path, k, reason); err != SkipKey {
		return err
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + `\` + name
}

// Counts is what Check found.
type Counts struct{ Keys, Values int }

// Check reads everything: all keys, class names, values and their data. The
// error joins at most the first ten reasons why something cannot be read.
func (h *Hive) Check() (Counts, error) {
	var n Counts
	var errs []error
	seen := newSeen(h)
	note := func(err error) {
		if err != nil && len(errs) < 10 {
			errs = append(errs, err)
		}
	}
	walkErr := h.Walk(func(path string, k *Key, err error) error {
		if err != nil {
			note(err)
			return nil
		}
		n.Keys++
		_, err = k.Class()
		note(err)
		note(seen.eachValue(k, func(v *Value) {
			n.Values++
			err := seen.data(v)
			if err == nil {
				err = v.pieces(func([]byte) error { return nil })
			}
			note(err)
		}))
		return nil
	})
	note(walkErr)
	return n, errors.Join(errs...)
}
