package action

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// crashControl is where Windows keeps what it does after a STOP error.
const crashControl = `Control\CrashControl`

// number reads a DWORD of a key, which need not exist. ok is false where it is
// not there or no DWORD.
func number(h *regf.Hive, key, name string) (n uint32, ok bool, err error) {
	v, err := valueAt(h, key, name)
	if v == nil || err != nil {
		return 0, false, err
	}
	n, err = v.DWORD()
	if errors.Is(err, regf.ErrType) {
		return 0, false, nil
	}
	return n, err == nil, err
}

// valueAt finds a value; nil where it is not there.
func valueAt(h *regf.Hive, key, name string) (*regf.Value, error) {
	k, err := h.Key(key)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := k.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	return v, err
}

// setNumber gives a value of a key of every control set a number, where it has
// another one or none.
func (d *Desk) setNumber(w *inspect.Installation, below, name string, n uint32, why string) ([]step.Step, error) {
	return d.everySet(w, why, func(e *regf.Editor, set string) error {
		key := set + `\` + below
		have, ok, err := number(e.Hive(), key, name)
		if err != nil || ok && have == n {
			return err
		}
		if err := e.CreateKey(key); err != nil {
			return err
		}
		return e.SetValue(key, name, regf.RegDWORD, registry.DWORD(n))
	})
}
